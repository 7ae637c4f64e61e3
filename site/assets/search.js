// The search box of the header: models and columns by parts of their names. The pages are whole without it.
(() => {
  const LIMIT = 20;

  /** How well `word` fits `name`, the less the better: whole, start, start of a part, inside; undefined when it is not in it. */
  const closeness = (name, word) => {
    const at = name.indexOf(word);
    if (at < 0) return undefined;
    if (name === word) return 0;
    if (at === 0) return 1;
    return name.includes(`_${word}`) || name.includes(`.${word}`) ? 2 : 3;
  };

  /**
   * The best entries for a query of words, all of which must occur. A column counts by its own name for the last word at least; words
   * before it may name its model.
   */
  const find = (index, query) => {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length === 0) return [];
    const found = [];
    const consider = (entry, own, whole, rank) => {
      if (!words.every((word) => whole.includes(word))) return;
      const fits = words.map((word) => closeness(own, word)).filter((value) => value !== undefined);
      if (fits.length > 0) found.push({ ...entry, score: Math.min(...fits) * 4 + rank + (words.length - fits.length) });
    };
    for (const [name, kind, href, columns] of index) {
      const lower = name.toLowerCase();
      const bare = lower.slice(lower.indexOf('.') + 1);
      const assertion = kind === 'assertion';
      consider(
        { label: name, kind, href },
        words.some((word) => word.includes('.')) ? lower : bare,
        lower,
        assertion ? 9 : 0,
      );
      for (const column of columns) {
        const [label, anchor] = Array.isArray(column) ? column : [column, `column-${column}`];
        const own = label.toLowerCase();
        consider({ label, kind: `column of ${name}`, href: `${href}#${anchor}` }, own, `${lower} ${own}`, 1);
      }
    }
    found.sort(
      (a, b) =>
        a.score - b.score || a.label.length - b.label.length || (a.label < b.label ? -1 : a.label > b.label ? 1 : 0),
    );
    return found.slice(0, LIMIT);
  };

  globalThis.tidemarkFind = find;
  if (typeof document === 'undefined') return;

  const form = document.querySelector('form.search');
  const input = form.querySelector('input');
  const list = form.querySelector('ul');
  const { root } = document.body.dataset;
  let active = -1;
  form.hidden = false;

  let loading;
  const load = () => {
    loading ??= new Promise((resolve, reject) => {
      const script = document.createElement('script');
      script.src = `${root}search-data.js`;
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
    return loading;
  };

  const close = () => {
    list.hidden = true;
    active = -1;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  };

  const choose = (next) => {
    const options = list.querySelectorAll('[role=option]');
    if (options.length === 0) return;
    active = (next + options.length) % options.length;
    for (const [i, option] of options.entries()) option.setAttribute('aria-selected', String(i === active));
    input.setAttribute('aria-activedescendant', options[active].id);
    options[active].scrollIntoView({ block: 'nearest' });
  };

  const item = ({ label, kind, href }, i) => {
    const option = document.createElement('li');
    option.id = `search-result-${i}`;
    option.setAttribute('role', 'option');
    const link = document.createElement('a');
    link.href = root + href;
    link.tabIndex = -1;
    const name = document.createElement('b');
    name.textContent = label;
    const what = document.createElement('span');
    what.textContent = kind;
    link.append(name, what);
    option.append(link);
    return option;
  };

  const show = async () => {
    if (input.value.trim() === '') return close();
    await load();
    const results = find(globalThis.tidemarkIndex, input.value);
    const none = document.createElement('li');
    none.className = 'quiet';
    none.textContent = 'Nothing has that name.';
    list.replaceChildren(...(results.length > 0 ? results.map(item) : [none]));
    list.hidden = false;
    input.setAttribute('aria-expanded', 'true');
    choose(0);
  };

  input.addEventListener('focus', () => load());
  input.addEventListener('input', show);
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown') choose(active + 1);
    else if (event.key === 'ArrowUp') choose(active - 1);
    else if (event.key === 'Escape') {
      close();
      input.blur();
    } else return;
    event.preventDefault();
  });
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (list.hidden) await show();
    list.querySelectorAll('[role=option] a')[Math.max(0, active)]?.click();
  });
  form.addEventListener('focusout', (event) => {
    if (!form.contains(event.relatedTarget)) close();
  });
  // A press on a result must not move the focus first: that would close the list under the pointer.
  list.addEventListener('pointerdown', (event) => event.preventDefault());
  list.addEventListener('click', close);
  document.addEventListener('keydown', (event) => {
    const typing = event.target.closest?.('input, textarea, select, [contenteditable]');
    if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    input.focus();
    input.select();
  });
})();
