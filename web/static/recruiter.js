// Comforts on recruiter pages; everything works without them: "/" goes to the
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

// A form with data-passkey asks the browser for a passkey before it is sent. Where
// there are none, it stays hidden.
(function () {
  "use strict";

  if (!window.PublicKeyCredential || !navigator.credentials || !window.fetch) return;

  function bytes(text) {
    var raw = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(raw, function (c) { return c.charCodeAt(0); });
  }

  function text(buffer) {
    return btoa(String.fromCharCode.apply(null, new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function withBytes(list) {
    return (list || []).map(function (key) { return Object.assign({}, key, { id: bytes(key.id) }); });
  }

  function ask(kind, options) {
    options.challenge = bytes(options.challenge);
    if (kind === "create") {
      options.user.id = bytes(options.user.id);
      options.excludeCredentials = withBytes(options.excludeCredentials);
      return navigator.credentials.create({ publicKey: options });
    }
    options.allowCredentials = withBytes(options.allowCredentials);
    return navigator.credentials.get({ publicKey: options });
  }

  function answer(key) {
    var said = { clientDataJSON: text(key.response.clientDataJSON) };
    ["attestationObject", "authenticatorData", "signature", "userHandle"].forEach(function (name) {
      if (key.response[name]) said[name] = text(key.response[name]);
    });
    return JSON.stringify({ id: key.id, rawId: text(key.rawId), type: key.type, response: said, clientExtensionResults: key.getClientExtensionResults() });
  }

  document.querySelectorAll("form[data-passkey]").forEach(function (form) {
    var status = form.querySelector("[data-passkey-status]");
    form.hidden = false;
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      status.textContent = "";
      fetch(form.dataset.begin, { method: "POST", headers: { Accept: "application/json" } }).then(function (reply) {
        if (!reply.ok) throw new Error(String(reply.status));
        return reply.json();
      }).then(function (asked) {
        if (asked.step) form.elements.step.value = asked.step;
        return ask(form.dataset.passkey, asked.options);
      }).then(function (key) {
        form.elements.response.value = answer(key);
        form.submit();
      }).catch(function () { status.textContent = form.dataset.failed; });
    });
  });
})();
