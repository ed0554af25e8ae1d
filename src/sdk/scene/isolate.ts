/** A listener whose errors end nothing but its own call. @param onError is told what it threw; default: the console. */
export function isolate<T>(
  listener: (value: T) => void,
  onError: (error: unknown) => void = (error) => console.error('A listener of the scenes threw', error),
): (value: T) => void {
  return (value) => {
    try {
      listener(value);
    } catch (error) {
      onError(error);
    }
  };
}
