// Fills in what a scanned address carries behind its #, which no server ever sees.
const field = document.querySelector("[data-fragment]");
if (field && location.hash && !field.value) field.value = decodeURIComponent(location.hash.slice(1)).slice(0, 64);
