/** Names of what each entry point exports; `default` and the marks of module systems don't count. */
export default function listExports(sdk) {
  return Object.fromEntries(Object.entries(sdk).map(([name, entry]) => [name, namesOf(entry)]));
}

function namesOf(entry) {
  return Object.keys(entry)
    .filter((name) => !['default', 'module.exports', '__esModule'].includes(name))
    .sort();
}
