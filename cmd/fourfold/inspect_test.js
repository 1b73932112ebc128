// Evaluated in a page once axe is loaded; the value is a list of faults.
axe.run(document, { resultTypes: ["violations"] }).then(function (found) {
  var faults = [];
  found.violations.forEach(function (v) {
    if (v.impact !== "serious" && v.impact !== "critical") return;
    v.nodes.forEach(function (node) {
      faults.push("axe, " + v.impact + ": " + v.id + " (" + v.help + ") at " + node.target.join(" "));
    });
  });
  var page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) {
    faults.push("scrolls sideways: " + page.scrollWidth + " px wide on " + page.clientWidth);
  }
  return faults;
});
