// Finding while typing, for those whose browser runs scripts. Everything it finds stands on the page without it too.
(function () {
  "use strict";
  var box = document.getElementById("finder"), list = window.countersignList;
  if (!box || !list) return;
  var word = document.getElementById("find-word"), out = document.getElementById("find-list");
  var count = document.getElementById("find-count"), root = box.getAttribute("data-root");
  function plain(text) {
    return text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  }
  var keys = list.map(function (one) { return plain(one[0]); });
  function find() {
    var wanted = plain(word.value).split(/\s+/).filter(Boolean), hits = [], all = 0;
    out.textContent = "";
    if (!wanted.length) { count.textContent = ""; return; }
    for (var i = 0; i < keys.length; i++) {
      if (wanted.every(function (part) { return keys[i].indexOf(part) >= 0; })) {
        all += 1;
        if (hits.length < 50) hits.push(list[i]);
      }
    }
    count.textContent = all ? String(all) : box.getAttribute("data-none");
    hits.forEach(function (one) {
      var item = document.createElement("li"), link = document.createElement("a"), kind = document.createElement("span");
      link.href = root + one[2];
      link.textContent = one[0];
      kind.className = "small";
      kind.textContent = " " + one[1];
      item.appendChild(link);
      item.appendChild(kind);
      out.appendChild(item);
    });
  }
  word.addEventListener("input", find);
  box.hidden = false;
})();
