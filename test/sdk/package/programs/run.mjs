// A user's program: imports every entry point, runs a scenario with them and prints what it answers as one line of JSON.
// Arguments: the scenario's URL, the entry points as `[name, specifier]` pairs, the scenario's input; the last two as JSON.
const [scenario, entries, input] = process.argv.slice(2);

const sdk = {};
for (const [name, specifier] of JSON.parse(entries)) sdk[name] = await import(specifier);
const { default: run } = await import(scenario);
const answer = await run(sdk, JSON.parse(input));
process.stdout.write(JSON.stringify(answer ?? null));
