import { expect } from "chai";
import fc from "fast-check";
import { hexlify, id } from "ethers";

import { isChosen } from "../../../src/challenger/isChosen.ts";
import { parseId } from "../../../src/protocol/ids.ts";

const word = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => hexlify(bytes));

describe("src/challenger/isChosen", () => {
  it("all for 1, none for 0, and a larger share has all of a smaller one", () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(word, word.map(parseId), share, share, (salt, receipt, a, b) => {
        expect(isChosen(salt, receipt as never, 1)).to.equal(true);
        expect(isChosen(salt, receipt as never, 0)).to.equal(false);
        const [small, large] = [Math.min(a, b), Math.max(a, b)];
        if (isChosen(salt, receipt as never, small)) expect(isChosen(salt, receipt as never, large)).to.equal(true);
      }),
    );
  });

  it("chooses about as many as it should, the same ones each time, and others with another salt", () => {
    const receipts = Array.from({ length: 4_000 }, (_, i) => parseId(id(`receipt ${i}`)));
    const chosenBy = (salt: string) => receipts.filter((receipt) => isChosen(salt, receipt as never, 0.25));
    const [one, other] = [chosenBy(id("salt")), chosenBy(id("other salt"))];
    expect(one.length).to.equal(1_025);
    expect(chosenBy(id("salt"))).to.deep.equal(one);
    expect(one.filter((receipt) => other.includes(receipt)).length).to.be.within(180, 320);
  });
});
