// Shows the contract in Swagger UI. It is a file because the page's policy allows no script within the page.
const darkness = matchMedia('(prefers-color-scheme: dark)');
const followScheme = () => document.documentElement.classList.toggle('dark-mode', darkness.matches);
darkness.addEventListener('change', followScheme);
followScheme();

/** Puts the samples that come with each operation between its parameters and its answers. */
const samplesPlugin = () => ({
  wrapComponents: {
    responses: (Responses, system) => (props) => {
      const { createElement, Fragment } = system.React;
      const samples = system.specSelectors.specJson().getIn(['paths', props.path, props.method, 'x-codeSamples']);
      const blocks = (samples?.toJS() ?? []).map(({ label, source }) =>
        createElement(
          'details',
          { key: label, open: label === 'curl' },
          createElement('summary', null, label),
          // Wide lines are scrolled, which must be possible without a mouse.
          createElement('pre', { tabIndex: 0, role: 'region', 'aria-label': `${label} example` }, source),
        ),
      );
      return createElement(
        Fragment,
        null,
        blocks.length === 0
          ? null
          : createElement('div', { className: 'samples' }, createElement('h4', null, 'Examples'), ...blocks),
        createElement(Responses, props),
      );
    },
  },
});

const place = document.querySelector('#reference');
window.SwaggerUIBundle({
  domNode: place,
  url: place.dataset.contract,
  presets: [window.SwaggerUIBundle.presets.apis],
  plugins: [samplesPlugin],
  layout: 'BaseLayout',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  // Else it would show the contract to a service on the internet.
  validatorUrl: null,
});
