// Shows the contract in Swagger UI. It is a file because the page's policy allows no script within the page.
const darkness = matchMedia('(prefers-color-scheme: dark)');
const followScheme = () => document.documentElement.classList.toggle('dark-mode', darkness.matches);
darkness.addEventListener('change', followScheme);
followScheme();

/** What is wide is scrolled, which must be possible without a mouse; a name for each, as readers aloud need it. */
const scrolled = (label) => ({ tabIndex: 0, role: 'region', 'aria-label': label });

/** Puts the samples that come with each operation between its parameters and its answers. */
const withSamples = (Responses, system) => (props) => {
  const { createElement: make, Fragment } = system.React;
  const { path, method } = props;
  const samples = system.specSelectors.specJson().getIn(['paths', path, method, 'x-codeSamples']);
  const blocks = (samples?.toJS() ?? []).map(({ label, source }) =>
    make(
      'details',
      { key: label, open: label === 'curl' },
      make('summary', null, label),
      make('pre', scrolled(`${label} example of ${method.toUpperCase()} ${path}`), source),
    ),
  );
  const heading = make('h4', null, 'Examples');
  const block = blocks.length > 0 && make('div', { className: 'samples' }, heading, ...blocks);
  return make(Fragment, null, block, make(Responses, props));
};

/** Swagger UI's own has a second `main` in ours, and a choice of servers where there is one. */
const createLayout =
  (make) =>
  ({ specSelectors, getComponent }) => {
    const part = (name) => make(getComponent(name, true));
    const isLoaded = specSelectors.loadingStatus() === 'success';
    return make(
      'div',
      { className: 'swagger-ui' },
      make(getComponent('SvgAssets')),
      part('errors'),
      ...(isLoaded
        ? [part('InfoContainer'), part('AuthorizeBtnContainer'), make('h2', { className: 'unseen' }, 'Operations')]
        : [make('p', { role: 'status' }, 'The contract is being loaded.')]),
      isLoaded && part('operations'),
      isLoaded && part('Models'),
    );
  };

const housePlugin = (system) => {
  const { createElement: make } = system.React;
  return {
    components: { HouseLayout: createLayout(make) },
    wrapComponents: {
      responses: withSamples,
      // The title is in a button already, and opening an operation puts its address into the browser's line.
      DeepLink: () => (props) => make('span', null, props.text),
      ExamplesSelect: (Select) => (props) =>
        make('label', null, make('span', { className: 'unseen' }, 'Example'), make(Select, props)),
      // Its colours are too pale to read.
      SyntaxHighlighter: () => (props) => make('pre', { className: 'microlight', tabIndex: 0 }, props.children),
    },
  };
};

const place = document.querySelector('#reference');
window.SwaggerUIBundle({
  domNode: place,
  url: place.dataset.contract,
  presets: [window.SwaggerUIBundle.presets.apis],
  plugins: [housePlugin],
  layout: 'HouseLayout',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  // Else it would show the contract to a service on the internet.
  validatorUrl: null,
});
