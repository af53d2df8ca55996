// One picture that fills the page.

const VIEWS = { lightcurve: lightcurveView, sky: skyView, scores: scoresView, efficiency: efficiencyView, coverage: coverageView };

function showFigure() {
  const figure = embedded('figure');
  const title = figure.title || figure.source_name || 'Retriever';
  document.title = title;
  document.querySelector('h1').textContent = title;
  VIEWS[figure.kind](document.getElementById('view'), figure);
}
