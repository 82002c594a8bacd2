import { expect } from "chai";

import { CredenceError, FatalError, RetryableError } from "../../src/errors.ts";

describe("errors", () => {
  it("carry a code, a message, their class's name and their cause", () => {
    const cause = new Error("socket closed");
    const error = new RetryableError("CONNECTION_LOST", "the node closed the connection", { cause });
    expect(error).to.include({
      name: "RetryableError",
      code: "CONNECTION_LOST",
      message: "the node closed the connection",
      cause,
    });
    expect(error).to.be.instanceOf(CredenceError).and.instanceOf(Error);
  });

  it("are retryable or fatal, never both", () => {
    expect(new RetryableError("A", "a")).not.to.be.instanceOf(FatalError);
    expect(new FatalError("A", "a")).not.to.be.instanceOf(RetryableError);
  });
});
