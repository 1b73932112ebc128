/* Saves each answer as it is made, and keeps it on the device until the server
   has it. Without this script every page works as plain forms. ES5 only. */
(function () {
  'use strict';
  var room = document.getElementById('room'), summary = document.getElementById('summary');
  if (summary) summary.focus();
  if (!room || !document.querySelector || !window.addEventListener) return;

  var form = document.getElementById('answer'), net = document.getElementById('net'), told = document.getElementById('told');
  var n = form ? +form.getAttribute('data-n') : 0, kind = form && form.getAttribute('data-kind');
  var revision = n && form.elements.revision, acked = n ? revision.value - 1 : 0;

  function data(e, name) { return e.getAttribute('data-' + name); }
  function all(selector, root) { return Array.prototype.slice.call((root || document).querySelectorAll(selector)); }
  function fill(text, n) { return text.replace('{n}', n); }
  function say(text) { document.getElementById('say').textContent = text; }
  function add(tag, text, parent) {
    var e = document.createElement(tag);
    e.textContent = text;
    parent.appendChild(e);
    return e;
  }

  /* The queue: one entry for each question and page, {base, response, spent, at,
     left}. Base is the revision the edit began from; left marks a page that is gone. */
  var prefix = 'fourfold:' + data(room, 'sitting') + ':', page = Math.random().toString(36).slice(2, 8);
  var memory = {}, durable = true, orphan = 20000;
  function keyOf(number) { return prefix + number + ':' + page; }
  function numberOf(key) { return +key.slice(prefix.length).split(':')[0]; }
  function own(key) { return key === keyOf(numberOf(key)); }
  function keys() {
    var found = Object.keys(memory), i, key;
    try {
      for (i = 0; i < localStorage.length; i++) {
        key = localStorage.key(i);
        if (key.indexOf(prefix) === 0 && !memory[key]) found.push(key);
      }
    } catch (e) { durable = false; }
    return found;
  }
  function load(key) {
    try { return memory[key] || JSON.parse(localStorage.getItem(key)); } catch (e) { return null; }
  }
  function keep(key, entry) {
    try {
      localStorage.setItem(key, JSON.stringify(entry));
      delete memory[key];
    } catch (e) {
      durable = false;
      memory[key] = entry;
    }
  }
  function drop(key) {
    delete memory[key];
    try { localStorage.removeItem(key); } catch (e) { durable = false; }
  }
  /* Takes over what a closed page left behind, newest first. */
  function adopt() {
    keys().filter(function (key) { return !own(key); }).forEach(function (key) {
      var entry = load(key), rival = load(keyOf(numberOf(key)));
      if (!entry || !(entry.left || Date.now() - entry.at > orphan)) return;
      if (!rival || rival.at < entry.at) keep(keyOf(numberOf(key)), { base: entry.base, response: entry.response, spent: entry.spent, at: entry.at });
      drop(key);
    });
  }

  if (room.hasAttribute('data-wipe')) {
    keys().forEach(drop);
    return;
  }

  /* The answer in the form. */
  function read() {
    var r = {}, group = {}, chosen = [];
    all('input:checked, select', form).forEach(function (e) {
      var option = e.name.split('.')[1];
      if (!e.value) return;
      if (option) group[option] = +e.value;
      else if (e.name === 'chosen') chosen.push(e.value);
      else r[e.name] = e.value;
    });
    if (chosen.length) r.chosen = chosen;
    if (Object.keys(group).length) r[kind === 'rate' ? 'ratings' : 'ranks'] = group;
    return r;
  }
  function show(r) {
    all('input[type=radio], input[type=checkbox], select', form).forEach(function (e) {
      var option = e.name.split('.')[1];
      if (kind === 'rank') e.value = (r.ranks || {})[option] || '';
      else if (kind === 'rate') e.checked = (r.ratings || {})[option] === +e.value;
      else if (kind === 'choose_k') e.checked = (r.chosen || []).indexOf(e.value) >= 0;
      else e.checked = r[e.name] === e.value;
    });
    var event = document.createEvent('HTMLEvents');
    event.initEvent('shown', false, false);
    form.dispatchEvent(event);
  }
  /* One text for one meaning, to compare answers by. */
  function text(r) {
    function sorted(o) { return Object.keys(o || {}).sort().map(function (id) { return id + o[id]; }); }
    return [r.best, r.worst, sorted(r.ratings), sorted(r.ranks), (r.chosen || []).slice().sort()].join('|');
  }
  function complete(r) {
    var options = all('.row', form).length, places = {};
    Object.keys(r.ranks || {}).forEach(function (id) { places[r.ranks[id]] = 1; });
    if (kind === 'best_worst') return r.best && r.worst;
    if (kind === 'rate') return Object.keys(r.ratings || {}).length === options;
    if (kind === 'rank') return Object.keys(places).length === options;
    return (r.chosen || []).length === +data(document.getElementById('count'), 'k');
  }
  /* The answer in the form, in words. */
  function lines() {
    return all('input:checked, select', form).filter(function (e) { return e.value; }).map(function (e) {
      var words = document.getElementById('o-' + (e.name.split('.')[1] || e.value)).textContent;
      if (kind === 'choose_k') return words;
      return (kind === 'rank' ? e.value : e.nextElementSibling.textContent) + ' – ' + words;
    });
  }

  /* The header tells the truth: saved is what the server acknowledged. */
  var flying = {}, away = false, pause = 0, timer = 0, stopped = '', clashing = 0, leaving = '';
  function status() {
    var state = stopped || (keys().length ? (away ? (durable ? 'offline' : 'open') : 'waiting') : !n || acked ? 'saved' : '');
    var now = state && fill(data(room, state), clashing);
    if (!net || net.textContent === now) return;
    net.textContent = now;
    net.className = 'net' + (state === 'saved' ? ' net-saved' : state && state !== 'waiting' ? ' net-away' : '');
  }

  function request(method, url, body, done) {
    var x = new XMLHttpRequest();
    x.open(method, url);
    x.timeout = 20000;
    x.setRequestHeader('Accept', 'application/json');
    if (body) x.setRequestHeader('Content-Type', 'application/json');
    x.onloadend = function () {
      var reply = null;
      try { reply = JSON.parse(x.responseText); } catch (e) { /* not ours: a proxy, a hotel's door page */ }
      done(reply ? x.status : 0, reply, reply && x.getResponseHeader('Retry-After'));
    };
    x.send(body && JSON.stringify(body));
  }
  function again(seconds) {
    away = true;
    pause = Math.min(30, pause * 2 || 1);
    clearTimeout(timer);
    timer = setTimeout(flush, 1000 * Math.max(seconds || 0, pause * (0.75 + Math.random() / 2)));
  }
  function flush() {
    clearTimeout(timer);
    adopt();
    keys().filter(own).forEach(send);
    status();
  }
  /* One save in flight for each question. */
  function send(key) {
    var entry = load(key), number = numberOf(key), sent = entry && text(entry.response);
    if (!entry || flying[number] || stopped === 'lost' || (stopped === 'clash' && clashing === number)) return;
    flying[number] = true;
    request('POST', '/sit/items/' + number, { revision: entry.base + 1, response: entry.response, spent_ms: entry.spent }, function (code, reply, wait) {
      var now = load(key) || entry, kept = reply && reply.kept;
      flying[number] = false;
      if (code === 200) {
        settle(key, now, reply.revision, sent);
      } else if (code === 409 && reply.code === 'stale_revision') {
        /* Our own earlier save, whose reply was lost, is no conflict. */
        if (text(kept.response) === sent || text(kept.response) === text(now.response) || text(kept.response) === now.sent) settle(key, now, kept.revision, text(kept.response));
        else conflict(key, now, kept);
      } else if (code === 409) {
        keys().forEach(drop);
        stopped = reply.code === 'too_late' ? 'late' : 'ended';
        setTimeout(function () { location.href = '/sit'; }, 4000);
      } else if (code === 401 || code === 404) {
        stopped = 'lost';
      } else if (code === 400 || code === 413) {
        drop(key);
        stopped = 'refused';
      } else {
        now.sent = sent; // it may have arrived all the same
        keep(key, now);
        again(wait);
      }
      status();
      if (leaving) leave(leaving);
    });
  }
  function settle(key, now, rev, saved) {
    away = false;
    pause = 0;
    if (numberOf(key) === n) acknowledged(rev);
    if (text(now.response) === saved) return drop(key);
    now.base = rev;
    keep(key, now);
    setTimeout(flush, 0);
  }
  function acknowledged(rev) {
    acked = rev;
    revision.value = rev + 1;
  }

  /* Another window or device answered the same question: nothing is overwritten,
     the candidate chooses. */
  function conflict(key, entry, kept) {
    clashing = numberOf(key);
    stopped = 'clash';
    if (clashing !== n) return;
    leaving = '';
    tell('title', 'text');
    var list = add('ul', '', told);
    show(kept.response);
    lines().concat(text(kept.response) === text({}) ? data(told, 'blank') : []).forEach(function (line) { add('li', line, list); });
    show(entry.response);
    choice('take', function () {
      drop(key);
      show(kept.response);
    });
    choice('mine', function () { keep(key, { base: kept.revision, response: read(), spent: spent(), at: Date.now() }); });
    told.focus();
    function choice(name, act) {
      add('button', data(told, name), told).onclick = function () {
        stopped = '';
        told.hidden = true;
        acknowledged(kept.revision);
        act();
        flush();
      };
    }
  }
  function tell() {
    told.textContent = '';
    told.hidden = false;
    Array.prototype.forEach.call(arguments, function (name, i) { add(i ? 'p' : 'h2', data(told, name), told); });
  }

  /* Time on this question while it is in view. */
  var since = Date.now(), seen = n ? +data(form, 'spent') : 0;
  function spent() {
    if (!document.hidden) seen += Math.max(0, Date.now() - since);
    since = Date.now();
    return seen;
  }

  var debounce = 0;
  function changed() {
    var entry = load(keyOf(n)) || { base: acked };
    if (stopped === 'ended' || stopped === 'late') return;
    if (stopped === 'refused') stopped = '';
    leaving = '';
    entry.response = read();
    entry.spent = spent();
    entry.at = Date.now();
    keep(keyOf(n), entry);
    status();
    clearTimeout(debounce);
    debounce = setTimeout(flush, 400);
  }

  /* Going on: first the answer is saved, then the page is left. */
  function leave(to) {
    leaving = to;
    if (stopped && clashing === 0) leaving = '';
    else if (!load(keyOf(n))) location.href = to;
  }
  function wire() {
    var pressed = 'next';
    all('button[name=go]', form).forEach(function (b) { b.addEventListener('click', function () { pressed = b.value; }); });
    form.addEventListener('change', changed);
    form.addEventListener('submit', function (event) {
      var r = read(), go = pressed;
      event.preventDefault();
      pressed = 'next';
      if (go === 'clear') {
        show({});
        changed();
        return;
      }
      flush();
      leave(text(r) === text({}) || complete(r) ? data(form, go) : '/sit/items/' + n + '?check=' + go);
    });
    adopt();
    var entry = load(keyOf(n));
    if (entry) show(entry.response);
  }
  if (n) wire();
  var submit = document.getElementById('submit');
  if (submit) submit.addEventListener('submit', function (event) {
    if (!keys().length) return;
    event.preventDefault();
    flush();
  });

  /* Time left as a quiet phrase, spoken three times only. */
  var left = document.getElementById('left'), end = left && Date.now() + 1000 * data(left, 'seconds'), last = Infinity;
  function tick() {
    var s = (end - Date.now()) / 1000, m = Math.round(s / 60), total = +data(left, 'total');
    if (m > 20) m = Math.floor((m + 2) / 5) * 5;
    var now = m > 1 ? fill(data(left, 'many'), m) : data(left, m === 1 ? 'one' : 'last');
    if (left.textContent !== now) left.textContent = now;
    [total / 2, total / 10, 60].forEach(function (mark) { if (last !== Infinity && last > mark && s <= mark) say(now); });
    last = s;
    if (s < -6) location.href = '/sit';
  }
  if (left) setInterval(tick, 5000);

  /* Coming back to the page: what happened meanwhile? */
  function wake() {
    since = Date.now();
    flush();
    request('GET', '/sit/state', null, function (code, reply) {
      if (code !== 200) return;
      if (reply.state !== 'started') {
        if (left || n) location.href = '/sit';
        return;
      }
      if (left) end = Date.now() + 1000 * reply.seconds_left;
      if (n && reply.revisions[n - 1] > acked && !load(keyOf(n)) && !flying[n] && told.hidden) {
        tell('title', 'elsewhere');
        add('button', data(told, 'reload'), told).onclick = function () { location.reload(); };
      }
    });
  }
  document.addEventListener('visibilitychange', function () {
    if (document.hidden) spent();
    else wake();
  });
  window.addEventListener('pageshow', function (event) { if (event.persisted) wake(); });
  window.addEventListener('pagehide', function () {
    keys().filter(own).forEach(function (key) {
      var entry = load(key);
      entry.left = true;
      keep(key, entry);
    });
  });
  window.addEventListener('online', function () {
    pause = 0;
    flush();
  });
  window.addEventListener('offline', function () {
    away = true;
    status();
  });
  flush();
})();
