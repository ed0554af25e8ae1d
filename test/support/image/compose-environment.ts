/**
 * The environment that Compose gives a service: `${NAME:-default}` and the like replaced from these values, mounted
 * secrets in a folder of this machine.
 *
 * @throws Error for a required variable (`${NAME:?message}`) that has no value.
 */
export function composeEnvironment(
  environment: Readonly<Record<string, string | number | null>>,
  values: Readonly<Record<string, string>>,
  secretsFolder: string,
): Record<string, string> {
  const entries = Object.entries(environment).map(([name, value]) => {
    const text = String(value ?? '').replace(/\$\{(\w+)(?::?([-?])([^}]*))?\}/g, (_, variable, kind, rest) => {
      const given = values[variable];
      if (given) return given;
      if (kind === '?') throw new Error(rest);
      return rest ?? '';
    });
    return [name, text.replace(/^\/run\/secrets/, secretsFolder)];
  });
  return Object.fromEntries(entries);
}
