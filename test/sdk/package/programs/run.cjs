// The same as run.mjs for users of CommonJS: every entry point is required.
const [scenario, entries, input] = process.argv.slice(2);

const sdk = {};
for (const [name, specifier] of JSON.parse(entries)) sdk[name] = require(specifier);
import(scenario)
  .then(({ default: run }) => run(sdk, JSON.parse(input)))
  .then((answer) => process.stdout.write(JSON.stringify(answer ?? null)));
