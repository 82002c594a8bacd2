import { expect } from "chai";

/** What a call that must fail throws, which must be of that class. */
export async function refusalOf<Refusal extends Error>(
  call: Promise<unknown>,
  kind: abstract new (...args: never[]) => Refusal,
): Promise<Refusal> {
  const outcome: unknown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(outcome).to.be.instanceOf(kind);
  return outcome as Refusal;
}
