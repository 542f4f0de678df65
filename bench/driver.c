/*
 * Load driver: plays scripted HTTP/1.1 flows over many keep-alive connections and prints what it saw as JSON.
 *
 *   driver --url http://127.0.0.1:8000 --script FILE [options]     play a script
 *   driver --serve PORT [--threads N] [--body BYTES]               answer constant bytes: the driver's own ceiling
 *
 * Closed loop (default): every connection starts its next flow when the last one ended.
 * Open loop (--rate R):  flows are due on a fixed schedule, and their latency counts from the moment they were
 *                        due, so that a server that stalls is charged for everybody who had to wait.
 *
 * A script is one directive a line; {{name}} is a variable and {{name|url}} the same percent-encoded:
 *
 *   jar flow | connection         forget cookies when a flow begins, or keep them (default)
 *   step NAME                     begins a step; the following lines belong to it
 *   request METHOD TARGET
 *   header Name: value
 *   body TEXT
 *   expect STATUS                 of the last response of the step; 3xx is any of its kind
 *   follow                        redirects that stay on this server belong to the step
 *   capture VARIABLE query NAME   a parameter of the Location header
 *   capture VARIABLE location     the Location header without our own origin
 *   capture VARIABLE json NAME    a string member of the body
 *   capture VARIABLE hidden NAME  the value of a form input
 *   capture VARIABLE action ID    where the form with this id is sent; the page itself if it does not say
 *
 * Variables keep their value on a connection until captured again, which is how a refresh token rotates. Seeds
 * come from a tab-separated file whose first line names the variables; one called `cookie` fills the jar.
 * {{n}} is different in every flow.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { MAX_STEPS = 16, MAX_VARIABLES = 64, MAX_CAPTURES = 8, MAX_COOKIES = 16, MAX_HOPS = 10, MAX_SAMPLES = 5 };
static const uint64_t SECOND = 1000000000ull;

static void die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("driver: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    exit(2);
}

static void *grown(void *memory, size_t size)
{
    void *result = realloc(memory, size);
    if (!result)
        die("out of memory");
    return result;
}

static char *copied(const char *text, size_t length)
{
    char *result = grown(NULL, length + 1);
    memcpy(result, text, length);
    result[length] = 0;
    return result;
}

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

/* ---- text that grows, and slices of it -------------------------------------------------------------------- */

struct buffer {
    char *bytes;
    size_t length, size;
};

struct slice {
    const char *start;
    size_t length;
};

static void reserve(struct buffer *buffer, size_t more)
{
    if (buffer->length + more <= buffer->size)
        return;
    buffer->size = (buffer->length + more) * 2;
    buffer->bytes = grown(buffer->bytes, buffer->size);
}

static void append(struct buffer *buffer, const char *text, size_t length)
{
    reserve(buffer, length);
    memcpy(buffer->bytes + buffer->length, text, length);
    buffer->length += length;
}

static void append_text(struct buffer *buffer, const char *text)
{
    append(buffer, text, strlen(text));
}

static void append_encoded(struct buffer *buffer, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (; *text; text++) {
        unsigned byte = (unsigned char)*text;
        if ((byte | 32) - 'a' < 26u || byte - '0' < 10u || strchr("-._~", (int)byte))
            append(buffer, text, 1);
        else
            append(buffer, (char[]){'%', digits[byte >> 4], digits[byte & 15]}, 3);
    }
}

static int hexadecimal(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    digit |= 32;
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static char *percent_decoded(struct slice text)
{
    char *result = grown(NULL, text.length + 1);
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++) {
        bool escaped = text.start[i] == '%' && i + 2 < text.length && hexadecimal(text.start[i + 1]) >= 0;
        if (escaped) {
            result[length++] = (char)(hexadecimal(text.start[i + 1]) << 4 | (hexadecimal(text.start[i + 2]) & 15));
            i += 2;
        } else {
            result[length++] = text.start[i] == '+' ? ' ' : text.start[i];
        }
    }
    result[length] = 0;
    return result;
}

static char *html_decoded(struct slice text)
{
    char *result = copied(text.start, text.length);
    for (char *found = result; (found = strstr(found, "&amp;")); found++)
        memmove(found + 1, found + 5, strlen(found + 5) + 1);
    return result;
}

/* ---- latency: 128 buckets per power of two, in microseconds, so every figure is within 1 % ------------------ */

enum { PRECISION = 7, BUCKETS = (32 - PRECISION + 1) << PRECISION };

struct histogram {
    uint64_t buckets[BUCKETS], count, sum, maximum;
};

static void record(struct histogram *histogram, uint64_t nanoseconds)
{
    uint64_t value = nanoseconds / 1000;
    if (value > UINT32_MAX)
        value = UINT32_MAX;
    int shift = value >> (PRECISION + 1) ? 63 - __builtin_clzll(value) - PRECISION : 0;
    histogram->buckets[((uint64_t)shift << PRECISION) + (value >> shift)]++;
    histogram->count++;
    histogram->sum += value;
    if (value > histogram->maximum)
        histogram->maximum = value;
}

static void merge(struct histogram *into, const struct histogram *from)
{
    for (int i = 0; i < BUCKETS; i++)
        into->buckets[i] += from->buckets[i];
    into->count += from->count;
    into->sum += from->sum;
    if (from->maximum > into->maximum)
        into->maximum = from->maximum;
}

static double milliseconds_at(const struct histogram *histogram, double quantile)
{
    uint64_t wanted = (uint64_t)(quantile * (double)histogram->count), seen = 0;
    for (int i = 0; i < BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen > wanted) {
            int shift = i >> (PRECISION + 1) ? (i >> PRECISION) - 1 : 0;
            uint64_t lowest = ((uint64_t)i - ((uint64_t)shift << PRECISION)) << shift;
            return (double)(lowest + ((1ull << shift) >> 1)) / 1000;
        }
    }
    return (double)histogram->maximum / 1000;
}

/* ---- the script ------------------------------------------------------------------------------------------- */

struct part {
    struct slice text;
    int variable; /* -1: only text */
    bool encode;
};

struct template {
    struct part *parts;
    int count;
};

enum source { FROM_QUERY, FROM_LOCATION, FROM_JSON, FROM_HIDDEN, FROM_ACTION };
static const char *const SOURCES[] = {"query", "location", "json", "hidden", "action"};

struct capture {
    int variable;
    enum source source;
    char *name;
};

struct step {
    char *name, *method;
    struct template target, headers, body;
    struct buffer header_text;
    bool has_body, follow;
    int expect, capture_count;
    struct capture captures[MAX_CAPTURES];
};

static struct step steps[MAX_STEPS];
static int step_count;
static bool jar_per_flow;
static char *variables[MAX_VARIABLES];
static int variable_count;

static int variable_named(const char *name, size_t length)
{
    for (int i = 0; i < variable_count; i++)
        if (strlen(variables[i]) == length && !memcmp(variables[i], name, length))
            return i;
    if (variable_count == MAX_VARIABLES)
        die("more than %d variables", MAX_VARIABLES);
    variables[variable_count] = copied(name, length);
    return variable_count++;
}

static struct template template_of(const char *text)
{
    struct template result = {0};
    while (*text) {
        const char *open = strstr(text, "{{"), *close = open ? strstr(open, "}}") : NULL;
        struct part part = {.text = {text, close ? (size_t)(open - text) : strlen(text)}, .variable = -1};
        if (close) {
            size_t length = (size_t)(close - open) - 2;
            part.encode = length > 4 && !memcmp(close - 4, "|url", 4);
            part.variable = variable_named(open + 2, length - (part.encode ? 4 : 0));
        }
        result.parts = grown(result.parts, sizeof part * (size_t)(result.count + 1));
        result.parts[result.count++] = part;
        text = close ? close + 2 : text + part.text.length;
    }
    return result;
}

static struct capture capture_of(char *rest)
{
    char *variable = strsep(&rest, " "), *source = strsep(&rest, " ");
    for (int i = 0; source && i < (int)(sizeof SOURCES / sizeof *SOURCES); i++)
        if (!strcmp(source, SOURCES[i]) && (rest || i == FROM_LOCATION))
            return (struct capture){variable_named(variable, strlen(variable)), (enum source)i, rest};
    die("capture %s: expected VARIABLE %s", variable, "query|json|hidden|action NAME, or location");
    return (struct capture){0};
}

static void read_directive(char *line)
{
    char *rest = line, *word = strsep(&rest, " ");
    struct step *step = step_count ? &steps[step_count - 1] : NULL;
    if (!rest)
        rest = line + strlen(line);
    if (!strcmp(word, "jar")) {
        jar_per_flow = !strcmp(rest, "flow");
    } else if (!strcmp(word, "step")) {
        if (step_count == MAX_STEPS)
            die("more than %d steps", MAX_STEPS);
        steps[step_count++] = (struct step){.name = rest, .expect = 200};
    } else if (!step) {
        die("%s: outside a step", word);
    } else if (!strcmp(word, "request")) {
        step->method = strsep(&rest, " ");
        step->target = template_of(rest ? rest : "/");
    } else if (!strcmp(word, "header")) {
        append_text(&step->header_text, rest);
        append_text(&step->header_text, "\r\n");
    } else if (!strcmp(word, "body")) {
        step->body = template_of(rest);
        step->has_body = true;
    } else if (!strcmp(word, "expect")) {
        step->expect = atoi(rest); /* 3xx reads as 3 */
    } else if (!strcmp(word, "follow")) {
        step->follow = true;
    } else if (!strcmp(word, "capture")) {
        if (step->capture_count == MAX_CAPTURES)
            die("more than %d captures in a step", MAX_CAPTURES);
        step->captures[step->capture_count++] = capture_of(rest);
    } else {
        die("unknown directive: %s", word);
    }
}

static struct buffer contents(const char *path)
{
    struct buffer text = {0};
    FILE *file = fopen(path, "r");
    if (!file)
        die("%s: %s", path, strerror(errno));
    do
        reserve(&text, 65536);
    while ((text.length += fread(text.bytes + text.length, 1, 65535, file)) && !feof(file));
    fclose(file);
    reserve(&text, 1);
    text.bytes[text.length] = 0;
    return text;
}

static void read_script(const char *path)
{
    char *rest = contents(path).bytes, *line;
    while ((line = strsep(&rest, "\n")))
        if (*line && *line != '#')
            read_directive(line);
    if (!step_count)
        die("%s: no steps", path);
    for (int i = 0; i < step_count; i++) {
        if (!steps[i].method)
            die("step %s: no request", steps[i].name);
        append(&steps[i].header_text, "", 1);
        steps[i].headers = template_of(steps[i].header_text.bytes);
    }
}

/* ---- seeds ------------------------------------------------------------------------------------------------ */

enum seeding { PER_CONNECTION, PER_FLOW, ONCE };

static char **seed_lines;
static size_t seed_count;
static int seed_columns[MAX_VARIABLES], seed_column_count;
static atomic_size_t next_seed;
static atomic_ulong flow_number;
static int cookie_variable, number_variable;

static void read_seeds(const char *path)
{
    char *rest = contents(path).bytes, *names = strsep(&rest, "\n"), *name, *line;
    while ((name = strsep(&names, "\t")))
        seed_columns[seed_column_count++] = variable_named(name, strlen(name));
    while ((line = strsep(&rest, "\n"))) {
        if (!*line)
            continue;
        seed_lines = grown(seed_lines, sizeof *seed_lines * (seed_count + 1));
        seed_lines[seed_count++] = line;
    }
    if (!seed_count)
        die("%s: no seeds", path);
}

/* ---- a run ------------------------------------------------------------------------------------------------ */

static struct {
    const char *url, *script, *seeds;
    char host[256], port[16], origin[300];
    double rate, seconds, warmup, timeout;
    int connections, threads;
    enum seeding seeding;
    struct addrinfo *address;
    uint64_t begin, measure, end, give_up;
} run = {.seconds = 5, .warmup = 0.5, .timeout = 10, .connections = 32, .threads = 1};

struct cookie {
    char *name, *value, *path;
};

struct worker;

struct connection {
    struct worker *worker;
    int fd, step, hops, cookie_count;
    bool playing, dropped;
    uint64_t flow_start, step_start, request_start;
    struct buffer out, in, body;
    size_t sent;
    char *values[MAX_VARIABLES];
    char *target; /* of the request under way */
    struct cookie cookies[MAX_COOKIES];
};

struct worker {
    pthread_t thread;
    int epoll, timer, index;
    struct connection *connections, **idle;
    int connection_count, idle_count, playing;
    uint64_t interval, offset, due, requests, flows, failed, abandoned, reconnects, last_finish;
    struct histogram latency, steps[MAX_STEPS];
    uint64_t step_failures[MAX_STEPS];
};

static pthread_mutex_t sample_lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    int step;
    char text[400];
} samples[MAX_SAMPLES];
static int sample_count;

struct response {
    int status;
    struct slice headers, body;
    bool close;
};

static void play(struct connection *connection);

static void set_value(struct connection *connection, int variable, char *value)
{
    free(connection->values[variable]);
    connection->values[variable] = value;
}

static bool measured(const struct connection *connection, uint64_t finished)
{
    uint64_t moment = run.rate > 0 ? connection->flow_start : finished;
    return moment >= run.measure && moment < run.end;
}

/* ---- cookies ---------------------------------------------------------------------------------------------- */

static void drop_cookie(struct connection *connection, int index)
{
    struct cookie *cookie = &connection->cookies[index];
    free(cookie->name);
    free(cookie->value);
    free(cookie->path);
    *cookie = connection->cookies[--connection->cookie_count];
}

static void keep_cookie(struct connection *connection, struct slice name, struct slice value, struct slice path)
{
    for (int i = connection->cookie_count; i-- > 0;) {
        struct cookie *cookie = &connection->cookies[i];
        if (strlen(cookie->name) == name.length && !memcmp(cookie->name, name.start, name.length) &&
            strlen(cookie->path) == path.length && !memcmp(cookie->path, path.start, path.length))
            drop_cookie(connection, i);
    }
    if (!value.length || connection->cookie_count == MAX_COOKIES)
        return;
    connection->cookies[connection->cookie_count++] = (struct cookie){
        copied(name.start, name.length), copied(value.start, value.length), copied(path.start, path.length)};
}

static struct slice trimmed(struct slice text)
{
    while (text.length && *text.start == ' ')
        text.start++, text.length--;
    while (text.length && text.start[text.length - 1] == ' ')
        text.length--;
    return text;
}

static struct slice cut(struct slice *rest, char separator)
{
    const char *found = memchr(rest->start, separator, rest->length);
    struct slice first = {rest->start, found ? (size_t)(found - rest->start) : rest->length};
    size_t used = first.length + (found ? 1 : 0);
    *rest = (struct slice){rest->start + used, rest->length - used};
    return trimmed(first);
}

static bool is(struct slice text, const char *word)
{
    return strlen(word) == text.length && !strncasecmp(text.start, word, text.length);
}

static void set_cookie(struct connection *connection, struct slice header)
{
    struct slice pair = cut(&header, ';'), path = {"/", 1}, name = cut(&pair, '='), value = trimmed(pair);
    while (header.length) {
        struct slice attribute = cut(&header, ';'), key = cut(&attribute, '=');
        if (is(key, "path") && attribute.length)
            path = trimmed(attribute);
        else if (is(key, "max-age") && attribute.length && (*attribute.start == '0' || *attribute.start == '-'))
            value.length = 0;
    }
    keep_cookie(connection, name, value, path);
}

static void append_cookies(struct connection *connection, struct buffer *out)
{
    const char *separator = "Cookie: ";
    for (int i = 0; i < connection->cookie_count; i++) {
        const struct cookie *cookie = &connection->cookies[i];
        if (strncmp(connection->target, cookie->path, strlen(cookie->path)))
            continue;
        append_text(out, separator);
        append_text(out, cookie->name);
        append_text(out, "=");
        append_text(out, cookie->value);
        separator = "; ";
    }
    if (*separator == ';')
        append_text(out, "\r\n");
}

/* ---- sending ---------------------------------------------------------------------------------------------- */

static void watch(struct connection *connection, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = connection};
    if (epoll_ctl(connection->worker->epoll, operation, connection->fd, &event))
        die("epoll_ctl: %s", strerror(errno));
}

static bool open_connection(struct connection *connection)
{
    int one = 1;
    connection->fd = socket(run.address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection->fd < 0)
        die("socket: %s", strerror(errno));
    if (connect(connection->fd, run.address->ai_addr, run.address->ai_addrlen)) {
        close(connection->fd);
        connection->fd = -1;
        return false;
    }
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(connection->fd, F_SETFL, fcntl(connection->fd, F_GETFL) | O_NONBLOCK);
    watch(connection, EPOLL_CTL_ADD, EPOLLIN);
    return true;
}

static void close_connection(struct connection *connection)
{
    if (connection->fd >= 0)
        close(connection->fd);
    connection->fd = -1;
}

static void render(struct connection *connection, const struct template *template, struct buffer *out)
{
    for (int i = 0; i < template->count; i++) {
        const struct part *part = &template->parts[i];
        append(out, part->text.start, part->text.length);
        const char *value = part->variable < 0 ? NULL : connection->values[part->variable];
        if (value && part->encode)
            append_encoded(out, value);
        else if (value)
            append_text(out, value);
    }
}

static bool flush_out(struct connection *connection)
{
    while (connection->sent < connection->out.length) {
        ssize_t sent = send(connection->fd, connection->out.bytes + connection->sent,
                            connection->out.length - connection->sent, MSG_NOSIGNAL);
        if (sent > 0) {
            connection->sent += (size_t)sent;
        } else if (errno == EAGAIN) {
            watch(connection, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
            return true;
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

/* Send a request for connection->target; false if the server does not take it. */
static bool send_request(struct connection *connection, const char *method, const struct step *with_body)
{
    struct buffer *out = &connection->out;
    connection->in.length = connection->out.length = connection->body.length = connection->sent = 0;
    connection->request_start = now();
    append_text(out, method);
    append_text(out, " ");
    append_text(out, connection->target);
    append_text(out, " HTTP/1.1\r\nHost: ");
    append_text(out, run.origin + strlen("http://"));
    append_text(out, "\r\n");
    render(connection, &steps[connection->step].headers, out);
    append_cookies(connection, out);
    if (with_body && with_body->has_body) {
        char length[64];
        render(connection, &with_body->body, &connection->body);
        snprintf(length, sizeof length, "Content-Length: %zu\r\n\r\n", connection->body.length);
        append_text(out, length);
        append(out, connection->body.bytes, connection->body.length);
    } else {
        append_text(out, "\r\n");
    }
    if (connection->fd < 0) {
        connection->worker->reconnects++;
        if (!open_connection(connection))
            return false;
    }
    return flush_out(connection);
}

static bool send_step(struct connection *connection)
{
    const struct step *step = &steps[connection->step];
    struct buffer target = {0};
    render(connection, &step->target, &target);
    append(&target, "", 1);
    free(connection->target);
    connection->target = target.bytes;
    connection->hops = 0;
    return send_request(connection, step->method, step);
}

/* ---- reading what comes back ------------------------------------------------------------------------------ */

static struct slice header(const struct response *response, const char *name)
{
    struct slice rest = response->headers;
    while (rest.length) {
        struct slice line = cut(&rest, '\n'), key = cut(&line, ':');
        if (is(key, name)) {
            line = trimmed(line);
            if (line.length && line.start[line.length - 1] == '\r')
                line.length--;
            return trimmed(line);
        }
    }
    return (struct slice){0};
}

/* Join the chunks of a body in place; false while some are missing. */
static bool unchunk(struct slice *body)
{
    char *read = (char *)(uintptr_t)body->start, *end = read + body->length;
    for (bool apply = false;; apply = true) { /* once to see whether it is complete, once to join */
        char *from = read, *to = read;
        for (;;) {
            char *line = memmem(from, (size_t)(end - from), "\r\n", 2);
            if (!line)
                return false;
            size_t size = strtoul(from, NULL, 16);
            from = line + 2;
            if (size + 2 > (size_t)(end - from))
                return false;
            if (apply)
                memmove(to, from, size);
            to += size;
            from += size + 2;
            if (!size)
                break;
        }
        if (apply) {
            body->length = (size_t)(to - read);
            return true;
        }
    }
}

/* One whole response from the input, or false until it is there. */
static bool parse(struct connection *connection, struct response *response, bool closed)
{
    struct buffer *in = &connection->in;
    char *blank = in->length ? memmem(in->bytes, in->length, "\r\n\r\n", 4) : NULL;
    if (!blank || in->length < 12)
        return false;
    char *first = memchr(in->bytes, '\n', in->length);
    response->status = atoi(in->bytes + 9);
    response->headers = (struct slice){first + 1, (size_t)(blank + 2 - (first + 1))};
    response->body = (struct slice){blank + 4, in->length - (size_t)(blank + 4 - in->bytes)};
    struct slice length = header(response, "content-length");
    response->close = is(header(response, "connection"), "close") || closed;
    if (response->status == 204 || response->status == 304) {
        response->body.length = 0;
        return true;
    }
    if (length.length) {
        size_t wanted = strtoul(length.start, NULL, 10);
        bool complete = response->body.length >= wanted;
        response->body.length = wanted;
        return complete;
    }
    if (is(header(response, "transfer-encoding"), "chunked"))
        return unchunk(&response->body);
    return closed;
}

static void keep_cookies(struct connection *connection, const struct response *response)
{
    struct slice rest = response->headers;
    while (rest.length) {
        struct slice line = cut(&rest, '\n');
        if (line.length > 11 && (*line.start | 32) == 's' && !strncasecmp(line.start, "set-cookie:", 11)) {
            struct slice value = {line.start + 11, line.length - 11};
            if (value.start[value.length - 1] == '\r')
                value.length--;
            set_cookie(connection, value);
        }
    }
}

/* Where the Location header points on this server, or NULL if it leaves. */
static const char *here(const char *location)
{
    size_t origin = strlen(run.origin);
    if (!strncmp(location, run.origin, origin) && (location[origin] == '/' || !location[origin]))
        return location[origin] ? location + origin : "/";
    return *location == '/' && location[1] != '/' ? location : NULL;
}

static char *query_parameter(struct slice location, const char *name)
{
    size_t length = strlen(name);
    const char *end = location.start + location.length;
    for (const char *at = location.start; at < end; at++)
        if ((*at == '?' || *at == '&' || *at == '#') && (size_t)(end - at) > length + 1 &&
            !memcmp(at + 1, name, length) && at[1 + length] == '=') {
            struct slice value = {at + length + 2, 0};
            while (value.start + value.length < end && !strchr("&#", value.start[value.length]))
                value.length++;
            return percent_decoded(value);
        }
    return NULL;
}

static char *json_member(struct slice body, const char *name)
{
    size_t length = strlen(name);
    const char *end = body.start + body.length, *at = body.start;
    while ((at = memmem(at, (size_t)(end - at), name, length))) {
        const char *after = at + length;
        bool quoted = at > body.start && at[-1] == '"' && after < end && *after == '"';
        for (after++; quoted && after < end && strchr(" :\t\r\n", *after); after++)
            ;
        if (quoted && after < end && *after == '"') {
            const char *close = memchr(after + 1, '"', (size_t)(end - after - 1));
            return close ? copied(after + 1, (size_t)(close - after - 1)) : NULL;
        }
        at += length;
    }
    return NULL;
}

static char *attribute(struct slice tag, const char *name)
{
    char start[80];
    int length = snprintf(start, sizeof start, " %s=\"", name);
    const char *found = memmem(tag.start, tag.length, start, (size_t)length);
    if (!found)
        return NULL;
    found += length;
    const char *close = memchr(found, '"', tag.length - (size_t)(found - tag.start));
    return close ? html_decoded((struct slice){found, (size_t)(close - found)}) : NULL;
}

/* The tag of this kind in the body that has the attribute, as text from < to >. */
static struct slice tag_with(struct slice body, const char *kind, const char *name, const char *value)
{
    const char *end = body.start + body.length;
    for (const char *at = body.start; (at = memmem(at, (size_t)(end - at), kind, strlen(kind))); at++) {
        const char *close = memchr(at, '>', (size_t)(end - at));
        if (!close)
            break;
        struct slice tag = {at, (size_t)(close - at)};
        char *found = attribute(tag, name);
        bool same = found && !strcmp(found, value);
        free(found);
        if (same)
            return tag;
    }
    return (struct slice){0};
}

static char *captured(struct connection *connection, const struct response *response, const struct capture *capture)
{
    struct slice location = header(response, "location"), tag;
    char *text, *value;
    const char *local;
    switch (capture->source) {
    case FROM_QUERY:
        return query_parameter(location, capture->name);
    case FROM_LOCATION:
        text = copied(location.start ? location.start : "", location.length);
        local = here(text);
        value = *text ? copied(local ? local : text, strlen(local ? local : text)) : NULL;
        free(text);
        return value;
    case FROM_JSON:
        return json_member(response->body, capture->name);
    case FROM_HIDDEN:
        tag = tag_with(response->body, "<input", "name", capture->name);
        return tag.length ? attribute(tag, "value") : NULL;
    default:
        tag = tag_with(response->body, "<form", "id", capture->name);
        value = tag.length ? attribute(tag, "action") : NULL;
        if (tag.length && (!value || !*value)) {
            free(value);
            return copied(connection->target, strlen(connection->target));
        }
        if (value && (local = here(value)) && local != value)
            memmove(value, local, strlen(local) + 1);
        return value;
    }
}

/* ---- flows ------------------------------------------------------------------------------------------------ */

static bool take_seed(struct connection *connection, enum seeding when)
{
    if (!seed_count || run.seeding != when)
        return true;
    size_t index = atomic_fetch_add(&next_seed, 1);
    if (when == ONCE && index >= seed_count)
        return false;
    const char *line = seed_lines[index % seed_count];
    for (int column = 0; column < seed_column_count; column++) {
        size_t length = strcspn(line, "\t");
        set_value(connection, seed_columns[column], copied(line, length));
        line += length + (line[length] ? 1 : 0);
    }
    return true;
}

static void fill_jar(struct connection *connection)
{
    const char *given = connection->values[cookie_variable];
    if (!given)
        return;
    struct slice rest = {given, strlen(given)};
    while (rest.length) {
        struct slice pair = cut(&rest, ';'), name = cut(&pair, '=');
        keep_cookie(connection, name, trimmed(pair), (struct slice){"/", 1});
    }
}

static uint64_t due_at(const struct worker *worker)
{
    return run.begin + worker->offset + worker->due * worker->interval;
}

static void rest_until_due(struct worker *worker)
{
    uint64_t at = due_at(worker);
    struct itimerspec when = {.it_value = {(time_t)(at / SECOND), (long)(at % SECOND)}};
    timerfd_settime(worker->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void become_idle(struct connection *connection)
{
    struct worker *worker = connection->worker;
    if (connection->playing)
        worker->playing--;
    connection->playing = false;
    worker->idle[worker->idle_count++] = connection;
}

static void note_failure(struct connection *connection, const char *reason, const struct response *response)
{
    struct worker *worker = connection->worker;
    worker->failed++;
    worker->step_failures[connection->step]++;
    pthread_mutex_lock(&sample_lock);
    if (sample_count < MAX_SAMPLES) {
        struct slice said = response ? header(response, "location") : (struct slice){"", 0};
        if (response && !said.length)
            said = response->body;
        samples[sample_count].step = connection->step;
        snprintf(samples[sample_count++].text, sizeof samples->text, "%s: %s answered %d %.*s", reason,
                 connection->target ? connection->target : "?", response ? response->status : 0,
                 (int)(said.length > 200 ? 200 : said.length), said.start);
    }
    pthread_mutex_unlock(&sample_lock);
}

/* End the flow: it was played to the end, or `reason` says why not. */
static void end_flow(struct connection *connection, const char *reason, const struct response *response)
{
    struct worker *worker = connection->worker;
    uint64_t finished = now();
    if (reason) {
        note_failure(connection, reason, response);
        if (!response)
            close_connection(connection);
        if (worker->failed > 200 && !worker->flows)
            run.end = finished; /* nothing works: do not hammer */
    } else if (measured(connection, finished)) {
        worker->flows++;
        worker->last_finish = finished;
        record(&worker->latency, finished - connection->flow_start);
    }
    become_idle(connection);
}

/* Start a flow on an idle connection; false when there is none to start. */
static bool begin_flow(struct worker *worker)
{
    uint64_t moment = now(), intended = run.rate > 0 ? due_at(worker) : moment;
    if (!worker->idle_count || moment >= run.give_up || intended >= run.end || intended > moment)
        return false;
    struct connection *connection = worker->idle[worker->idle_count - 1];
    if (!take_seed(connection, PER_FLOW) || !take_seed(connection, ONCE))
        return false;
    worker->idle_count--;
    worker->playing++;
    worker->due++;
    connection->playing = true;
    connection->step = 0;
    connection->flow_start = connection->step_start = intended;
    if (jar_per_flow) {
        while (connection->cookie_count)
            drop_cookie(connection, 0);
        fill_jar(connection);
    }
    char number[32];
    int length = snprintf(number, sizeof number, "%lu", atomic_fetch_add(&flow_number, 1));
    set_value(connection, number_variable, copied(number, (size_t)length));
    play(connection);
    return true;
}

static void play(struct connection *connection)
{
    if (!send_step(connection))
        end_flow(connection, "not sent", NULL);
}

static bool follow(struct connection *connection, const struct response *response)
{
    struct slice location = header(response, "location");
    if (!steps[connection->step].follow || response->status / 100 != 3 || connection->hops++ == MAX_HOPS)
        return false;
    char *text = copied(location.start ? location.start : "", location.length);
    const char *local = here(text);
    if (local) {
        free(connection->target);
        connection->target = copied(local, strcspn(local, "#"));
    }
    free(text);
    return local;
}

static void take_response(struct connection *connection, const struct response *response)
{
    struct worker *worker = connection->worker;
    const struct step *step = &steps[connection->step];
    uint64_t finished = now();
    keep_cookies(connection, response);
    if (finished >= run.measure && finished < run.end)
        worker->requests++;
    if (response->close)
        close_connection(connection);
    if (follow(connection, response)) {
        if (!send_request(connection, "GET", NULL))
            end_flow(connection, "not sent", NULL);
        return;
    }
    if (response->status != step->expect && response->status / 100 != step->expect) {
        end_flow(connection, "unexpected status", response);
        return;
    }
    for (int i = 0; i < step->capture_count; i++) {
        char *value = captured(connection, response, &step->captures[i]);
        if (!value) {
            end_flow(connection, "nothing to capture", response);
            return;
        }
        set_value(connection, step->captures[i].variable, value);
    }
    if (measured(connection, finished))
        record(&worker->steps[connection->step], finished - connection->step_start);
    connection->step_start = finished;
    if (++connection->step < step_count)
        play(connection);
    else
        connection->step--, end_flow(connection, NULL, response);
}

static void receive(struct connection *connection)
{
    bool closed = false;
    for (;;) {
        reserve(&connection->in, 16384);
        size_t space = connection->in.size - connection->in.length - 1;
        ssize_t got = recv(connection->fd, connection->in.bytes + connection->in.length, space, 0);
        if (got > 0)
            connection->in.length += (size_t)got;
        if (got > 0 && (size_t)got == space)
            continue;
        closed = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
        break;
    }
    if (connection->in.bytes)
        connection->in.bytes[connection->in.length] = 0;
    struct response response = {0};
    if (connection->playing && parse(connection, &response, closed))
        take_response(connection, &response);
    else if (closed && connection->playing)
        end_flow(connection, "connection lost", NULL);
    else if (closed)
        close_connection(connection); /* while idle: opened again when needed */
}

static void fail_overdue(struct worker *worker)
{
    uint64_t limit = (uint64_t)(run.timeout * (double)SECOND), moment = now();
    for (int i = 0; i < worker->connection_count; i++) {
        struct connection *connection = &worker->connections[i];
        if (connection->playing && moment - connection->request_start > limit)
            end_flow(connection, "timed out", NULL);
    }
}

/* Everybody who was due and never got a turn waited at least until now. */
static void charge_the_unserved(struct worker *worker)
{
    uint64_t moment = now();
    for (; run.rate > 0 && due_at(worker) < run.end; worker->due++) {
        worker->abandoned++;
        if (due_at(worker) >= run.measure)
            record(&worker->latency, moment - due_at(worker));
    }
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct epoll_event events[64];
    uint64_t checked = now();
    while (now() < run.give_up) {
        while (begin_flow(worker))
            ;
        uint64_t moment = now();
        bool over = moment >= run.end || (run.seeding == ONCE && seed_count && next_seed >= seed_count);
        if (over && !worker->playing && (run.rate <= 0 || due_at(worker) >= run.end))
            break;
        if (run.rate > 0 && worker->idle_count)
            rest_until_due(worker);
        int count = epoll_wait(worker->epoll, events, 64, 100);
        for (int i = 0; i < count; i++) {
            struct connection *connection = events[i].data.ptr;
            uint64_t expirations;
            if (!connection) {
                if (read(worker->timer, &expirations, sizeof expirations) < 0 && errno != EAGAIN)
                    die("timer: %s", strerror(errno));
                continue;
            }
            if (connection->fd >= 0 && events[i].events & EPOLLOUT) {
                watch(connection, EPOLL_CTL_MOD, EPOLLIN);
                if (!flush_out(connection))
                    end_flow(connection, "not sent", NULL);
            }
            if (connection->fd >= 0 && events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                receive(connection);
        }
        if (moment - checked > SECOND / 4) {
            fail_overdue(worker);
            checked = moment;
        }
    }
    charge_the_unserved(worker);
    return NULL;
}

static void prepare(struct worker *worker, int index)
{
    worker->index = index;
    worker->epoll = epoll_create1(EPOLL_CLOEXEC);
    worker->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(worker->epoll, EPOLL_CTL_ADD, worker->timer, &event);
    worker->connection_count = run.connections / run.threads + (index < run.connections % run.threads);
    worker->connections = calloc((size_t)worker->connection_count, sizeof *worker->connections);
    worker->idle = calloc((size_t)worker->connection_count, sizeof *worker->idle);
    if (!worker->connections || !worker->idle)
        die("out of memory");
    if (run.rate > 0) {
        worker->interval = (uint64_t)((double)SECOND * run.threads / run.rate);
        worker->offset = worker->interval / (uint64_t)run.threads * (uint64_t)index;
    }
    for (int i = 0; i < worker->connection_count; i++) {
        struct connection *connection = &worker->connections[i];
        connection->worker = worker;
        if (!open_connection(connection))
            die("%s: %s", run.origin, strerror(errno));
        take_seed(connection, PER_CONNECTION);
        fill_jar(connection);
        become_idle(connection);
    }
}

/* ---- what it saw ------------------------------------------------------------------------------------------ */

static void print_string(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\')
            printf("\\%c", byte);
        else if (byte < 32 || byte > 126)
            printf("\\u%04x", byte);
        else
            putchar(byte);
    }
    putchar('"');
}

static void print_latency(const struct histogram *histogram)
{
    double mean = histogram->count ? (double)histogram->sum / (double)histogram->count / 1000 : 0;
    printf("{\"mean\": %.3f, \"p50\": %.3f, \"p95\": %.3f, \"p99\": %.3f, \"p999\": %.3f, \"max\": %.3f}", mean,
           milliseconds_at(histogram, 0.5), milliseconds_at(histogram, 0.95), milliseconds_at(histogram, 0.99),
           milliseconds_at(histogram, 0.999), (double)histogram->maximum / 1000);
}

static void report(struct worker *all, double driver_seconds)
{
    static struct worker total;
    for (int i = 0; i < run.threads; i++) {
        merge(&total.latency, &all[i].latency);
        for (int step = 0; step < step_count; step++) {
            merge(&total.steps[step], &all[i].steps[step]);
            total.step_failures[step] += all[i].step_failures[step];
        }
        total.flows += all[i].flows, total.requests += all[i].requests, total.failed += all[i].failed;
        total.abandoned += all[i].abandoned, total.reconnects += all[i].reconnects;
        if (all[i].last_finish > total.last_finish)
            total.last_finish = all[i].last_finish;
    }
    uint64_t until = run.seeding == ONCE && total.last_finish && total.last_finish < run.end ? total.last_finish : run.end;
    double seconds = (double)(until - run.measure) / (double)SECOND, whole = (double)(now() - run.begin) / (double)SECOND;
    printf("{\"seconds\": %.3f, \"flows\": %lu, \"flows_per_second\": %.1f, ", seconds, total.flows,
           (double)total.flows / seconds);
    printf("\"requests\": %lu, \"requests_per_second\": %.1f, ", total.requests, (double)total.requests / seconds);
    printf("\"failed\": %lu, \"abandoned\": %lu, \"reconnects\": %lu, ", total.failed, total.abandoned, total.reconnects);
    printf("\"offered_per_second\": %.1f, \"connections\": %d, \"threads\": %d, ", run.rate, run.connections, run.threads);
    printf("\"driver_cores\": %.2f, \"latency_ms\": ", driver_seconds / whole);
    print_latency(&total.latency);
    printf(", \"steps\": [");
    for (int i = 0; i < step_count; i++) {
        printf("%s{\"name\": ", i ? ", " : "");
        print_string(steps[i].name);
        printf(", \"count\": %lu, \"failed\": %lu, \"latency_ms\": ", total.steps[i].count, total.step_failures[i]);
        print_latency(&total.steps[i]);
        putchar('}');
    }
    printf("], \"failures\": [");
    for (int i = 0; i < sample_count; i++) {
        printf("%s{\"step\": ", i ? ", " : "");
        print_string(steps[samples[i].step].name);
        printf(", \"what\": ");
        print_string(samples[i].text);
        putchar('}');
    }
    printf("]}\n");
}

static double cpu_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void drive(void)
{
    struct worker *workers = calloc((size_t)run.threads, sizeof *workers);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    if (!workers)
        die("out of memory");
    if (sscanf(run.url, "http://%255[^:/]:%15[0-9]", run.host, run.port) != 2)
        die("--url http://HOST:PORT is needed");
    snprintf(run.origin, sizeof run.origin, "http://%s:%s", run.host, run.port);
    if (getaddrinfo(run.host, run.port, &hints, &run.address))
        die("%s: unknown host", run.host);
    cookie_variable = variable_named("cookie", 6);
    number_variable = variable_named("n", 1);
    read_script(run.script);
    if (run.seeds)
        read_seeds(run.seeds);
    for (int i = 0; i < run.threads; i++)
        prepare(&workers[i], i);
    double before = cpu_seconds();
    run.begin = now();
    run.measure = run.begin + (uint64_t)(run.warmup * (double)SECOND);
    run.end = run.measure + (uint64_t)(run.seconds * (double)SECOND);
    run.give_up = run.end + (uint64_t)(run.timeout * (double)SECOND);
    for (int i = 1; i < run.threads; i++)
        pthread_create(&workers[i].thread, NULL, work, &workers[i]);
    work(&workers[0]);
    for (int i = 1; i < run.threads; i++)
        pthread_join(workers[i].thread, NULL);
    report(workers, cpu_seconds() - before);
}

/* ---- the trivial server ----------------------------------------------------------------------------------- */

static struct buffer constant;

/* How many whole requests begin at `text`, and how many bytes they take. */
static int whole_requests(const char *text, size_t length, size_t *used)
{
    int count = 0;
    for (*used = 0;;) {
        const char *from = text + *used, *blank = memmem(from, length - *used, "\r\n\r\n", 4);
        if (!blank)
            return count;
        const char *field = memmem(from, (size_t)(blank - from), "Content-Length: ", 16);
        size_t size = (size_t)(blank + 4 - from) + (field ? strtoul(field + 16, NULL, 10) : 0);
        if (size > length - *used)
            return count;
        *used += size;
        count++;
    }
}

static void answer(int epoll, struct connection *client)
{
    reserve(&client->in, 16384);
    ssize_t got = recv(client->fd, client->in.bytes + client->in.length, client->in.size - client->in.length, 0);
    if (got <= 0) {
        epoll_ctl(epoll, EPOLL_CTL_DEL, client->fd, NULL);
        close(client->fd);
        free(client->in.bytes);
        free(client);
        return;
    }
    client->in.length += (size_t)got;
    size_t used;
    for (int count = whole_requests(client->in.bytes, client->in.length, &used); count-- > 0;)
        if (send(client->fd, constant.bytes, constant.length, MSG_NOSIGNAL) < 0)
            break;
    client->in.length -= used;
    memmove(client->in.bytes, client->in.bytes + used, client->in.length);
}

static void *serve_forever(void *argument)
{
    int listener = (int)(intptr_t)argument, epoll = epoll_create1(EPOLL_CLOEXEC), one = 1;
    struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = NULL}, events[64];
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int count = epoll_wait(epoll, events, 64, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr) {
                answer(epoll, events[i].data.ptr);
                continue;
            }
            struct connection *client = calloc(1, sizeof *client);
            if (!client || (client->fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) < 0) {
                free(client);
                continue;
            }
            setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            event = (struct epoll_event){.events = EPOLLIN, .data.ptr = client};
            epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, &event);
        }
    }
    return NULL;
}

static void serve(int port, int body)
{
    char head[128];
    snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n", body);
    append_text(&constant, head);
    for (int i = 0; i < body; i++)
        append(&constant, "x", 1);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 1024))
        die("port %d: %s", port, strerror(errno));
    getsockname(listener, (struct sockaddr *)&address, &size);
    printf("http://127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (int i = 1; i < run.threads; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, serve_forever, (void *)(intptr_t)listener);
    }
    serve_forever((void *)(intptr_t)listener);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"url", 1, 0, 'u'},     {"script", 1, 0, 's'},  {"seeds", 1, 0, 'e'},   {"seed", 1, 0, 'p'},
        {"rate", 1, 0, 'r'},    {"seconds", 1, 0, 'd'}, {"warmup", 1, 0, 'w'},  {"connections", 1, 0, 'c'},
        {"threads", 1, 0, 't'}, {"timeout", 1, 0, 'o'}, {"serve", 1, 0, 'S'},   {"body", 1, 0, 'b'},
        {0}};
    int port = -1, body = 1024;
    signal(SIGPIPE, SIG_IGN);
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'u': run.url = optarg; break;
        case 's': run.script = optarg; break;
        case 'e': run.seeds = optarg; break;
        case 'p':
            run.seeding = !strcmp(optarg, "flow") ? PER_FLOW : !strcmp(optarg, "once") ? ONCE : PER_CONNECTION;
            break;
        case 'r': run.rate = atof(optarg); break;
        case 'd': run.seconds = atof(optarg); break;
        case 'w': run.warmup = atof(optarg); break;
        case 'c': run.connections = atoi(optarg); break;
        case 't': run.threads = atoi(optarg); break;
        case 'o': run.timeout = atof(optarg); break;
        case 'S': port = atoi(optarg); break;
        case 'b': body = atoi(optarg); break;
        default: return 2;
        }
    }
    if (port >= 0)
        serve(port, body);
    if (!run.url || !run.script || run.connections < run.threads || run.threads < 1)
        die("usage: --url http://HOST:PORT --script FILE [--seeds FILE --seed connection|flow|once] [--rate R]"
            " [--connections N] [--threads N] [--seconds S] [--warmup S] [--timeout S] | --serve PORT [--body BYTES]");
    drive();
    return 0;
}
