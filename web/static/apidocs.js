// Draws the OpenAPI document into the page. Calls can be tried with a key typed
// into the page; nothing is remembered after it is closed.
(function () {
  "use strict";
  var place = document.getElementById("operations");
  window.SwaggerUIBundle({
    url: place.getAttribute("data-document"),
    domNode: place,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    deepLinking: false,
    persistAuthorization: false,
    validatorUrl: null,
    onComplete: function () {
      var servers = document.getElementById("servers"); // its label is empty
      if (servers) servers.setAttribute("aria-label", place.querySelector(".servers-title").textContent);
    }
  });
})();
