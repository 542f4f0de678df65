// Sends on the one form of a page that only carries an answer to the service (OAuth form_post).
document.querySelector("form").submit();
