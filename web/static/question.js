/* Small helps for the four kinds of question. Each works without them.
   Old web views open these pages: ES5 only. */
(function () {
  'use strict';
  var form = document.getElementById('answer');
  if (!form || !document.querySelector || !window.addEventListener) return;
  var list = form.querySelector('.rank'), rows = form.querySelector('.rows'), count = document.getElementById('count');

  function all(selector, root) { return Array.prototype.slice.call((root || form).querySelectorAll(selector)); }
  function fill(text, slots) { return text.replace(/\{(\w+)\}/g, function (m, k) { return k in slots ? slots[k] : m; }); }
  function say(text) { document.getElementById('say').textContent = text; }
  function add(tag, text, parent) {
    var e = document.createElement(tag);
    e.textContent = text;
    parent.appendChild(e);
    return e;
  }
  function button(text, parent, press) {
    var b = add('button', text, parent);
    b.type = 'button';
    b.onclick = press;
    return b;
  }
  function changed(e) {
    var event = document.createEvent('HTMLEvents');
    event.initEvent('change', true, false);
    e.dispatchEvent(event);
  }

  /* choose_k: how many are chosen. */
  function tally() {
    var k = +count.getAttribute('data-k'), n = all('[name=chosen]:checked').length;
    count.textContent = fill(count.getAttribute(n > k ? 'data-over' : 'data-text'), { n: n, k: k });
  }

  /* best_worst: one action cannot be both, so the earlier choice goes, visibly. */
  function clash(e) {
    all('.clash').forEach(function (p) { p.parentNode.removeChild(p); });
    var other = document.getElementById((e.name === 'best' ? 'worst-' : 'best-') + e.value);
    if (!other || !other.checked) return;
    other.checked = false;
    add('p', rows.getAttribute('data-clash'), document.getElementById('row-' + e.value)).className = 'clash';
    say(rows.getAttribute('data-clash'));
  }

  /* rank: numbers always work; buttons move a row and number all of them. */
  function place(row) { return row.querySelector('select'); }
  function ranked() {
    var seen = {}, rows = all('.row', list);
    rows.forEach(function (row) { if (place(row).value) seen[place(row).value] = 1; });
    return Object.keys(seen).length === rows.length;
  }
  function sort() {
    var focus = document.activeElement;
    if (ranked()) all('.row', list).sort(function (a, b) { return place(a).value - place(b).value; }).forEach(function (row) { list.appendChild(row); });
    if (focus && list.contains(focus)) focus.focus();
    all('.row', list).forEach(function (row, i, rows) {
      var b = all('button', row);
      b[0].disabled = i === 0;
      b[1].disabled = i === rows.length - 1;
    });
    asShown.hidden = ranked();
  }
  function number() {
    all('.row', list).forEach(function (row, i) { place(row).value = i + 1; });
    changed(list.querySelector('select'));
  }
  function move(row, by, pressed) {
    var rows = all('.row', list), i = rows.indexOf(row) + by;
    list.insertBefore(row, by < 0 ? rows[i] : rows[i].nextSibling);
    number();
    (pressed.disabled ? all('button', row)[by < 0 ? 1 : 0] : pressed).focus();
    say(fill(list.getAttribute('data-moved'), { n: i + 1, of: rows.length }));
  }
  var asShown;
  if (list) {
    all('.row', list).forEach(function (row) {
      var box = add('div', '', row);
      box.className = 'moves';
      [['up', '\u2191', -1], ['down', '\u2193', 1]].forEach(function (m) {
        var b = button(m[1], box, function () { move(row, m[2], b); });
        b.setAttribute('aria-label', list.getAttribute('data-' + m[0]));
        b.setAttribute('aria-describedby', 'o-' + row.getAttribute('data-id'));
      });
    });
    asShown = button(list.getAttribute('data-keep'), form, number);
    asShown.className = 'keep';
    form.insertBefore(asShown, list.nextSibling);
  }

  function refresh() {
    if (count) tally();
    if (list) sort();
  }
  form.addEventListener('change', function (event) {
    if (event.target.name === 'best' || event.target.name === 'worst') clash(event.target);
    refresh();
  });
  form.addEventListener('shown', refresh);
  refresh();
})();
