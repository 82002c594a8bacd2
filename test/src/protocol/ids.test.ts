import { expect } from "chai";

import { FatalError } from "../../../src/errors.ts";
import { parseId, type ModelId } from "../../../src/protocol/ids.ts";

describe("ids", () => {
  it("reads either case of hex as lower case", () => {
    expect(parseId<ModelId>(`0x${"aB".repeat(32)}`)).to.equal(`0x${"ab".repeat(32)}`);
  });

  for (const text of [
    "",
    "0x",
    "ab".repeat(32),
    `0x${"ab".repeat(31)}`,
    `0x${"ab".repeat(33)}`,
    `0x${"zz".repeat(32)}`,
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => parseId(text))
        .to.throw(FatalError, text)
        .with.property("code", "ID_MALFORMED");
    });
  }
});
