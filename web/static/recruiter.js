// Two comforts on recruiter pages; everything works without them: "/" goes to the
// search field, and a button copies a link or a secret.
(function () {
  "use strict";

  document.addEventListener("keydown", function (event) {
    var search = document.querySelector("[data-search]");
    var typing = event.target.closest("input, select, textarea");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing || !search) return;
    event.preventDefault();
    search.focus();
    search.select();
  });

  document.querySelectorAll("[data-copy]").forEach(function (button) {
    var part = button.parentElement.parentElement;
    var source = part.querySelector("[data-copy-from]");
    var status = part.querySelector("[data-copy-status]");
    button.hidden = false;
    button.addEventListener("click", function () {
      source.focus();
      source.select();
      var done = function () { status.textContent = button.dataset.copied; };
      if (navigator.clipboard) {
        navigator.clipboard.writeText(source.value).then(done);
      } else if (document.execCommand("copy")) { // plain http has no clipboard object
        done();
      }
    });
  });
})();
