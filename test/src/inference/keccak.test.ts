import { expect } from "chai";
import { getBytes, hexlify, keccak256 } from "ethers";

import { keccak } from "../../../src/inference/keccak.ts";

describe("inference/keccak", () => {
  it("gives ethers' keccak256 for every length around the block size of 136 bytes", () => {
    for (let length = 0; length <= 300; length++) {
      const bytes = Uint8Array.from({ length }, (_, i) => (31 * i + length) & 0xff);
      expect(hexlify(keccak(bytes))).to.equal(keccak256(bytes));
    }
  });

  it("returns bytes that a later hash does not overwrite", () => {
    const first = keccak(getBytes("0x01"));
    keccak(getBytes("0x02"));
    expect(hexlify(first)).to.equal(keccak256("0x01"));
  });
});
