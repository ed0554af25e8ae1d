/** The stand-in can't do what it was asked; `status` is what this comes to over HTTP. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: 404 | 409 | 422, message: string) {
    super(message);
    this.status = status;
  }
}
