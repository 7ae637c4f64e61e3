// Marks the edges and the neighbours of the box under the pointer or the focus. Without this script the picture is the same, but still.
(() => {
  for (const graph of document.querySelectorAll('.graph svg')) {
    const edges = [...graph.querySelectorAll('.edges path')];
    const nodes = [...graph.querySelectorAll('.node')];
    const mark = (id) => {
      const near = new Set([id]);
      for (const edge of edges) {
        const touches = id !== undefined && (edge.dataset.from === id || edge.dataset.to === id);
        edge.classList.toggle('near', touches);
        if (touches) near.add(edge.dataset.from).add(edge.dataset.to);
      }
      for (const node of nodes) node.classList.toggle('near', near.has(node.dataset.id));
      graph.classList.toggle('marking', id !== undefined);
    };
    for (const node of nodes) {
      node.addEventListener('pointerenter', () => mark(node.dataset.id));
      node.addEventListener('focus', () => mark(node.dataset.id));
      node.addEventListener('pointerleave', () => mark());
      node.addEventListener('blur', () => mark());
    }
  }
})();
