import { expect } from "chai";
import { TypedDataEncoder, type TypedDataDomain, type TypedDataField } from "ethers";

import { Domain, TypedStruct, credenceDomain } from "../../../src/protocol/typedData.ts";
import { itWithVectors } from "../../setup/vectors.ts";

type Eip712Vector = {
  name: string;
  domain: TypedDataDomain;
  types: Record<string, TypedDataField[]>;
  data: object;
  digest: string;
};

describe("typed data", () => {
  itWithVectors<Eip712Vector[]>("hashes the EIP-712 cases of ethers", "eip712/ethers_eip712_subset.json", (vectors) => {
    expect(vectors).to.have.length(61);
    for (const { name, domain, types, data, digest } of vectors) {
      expect(new TypedStruct(types).digest(new Domain(domain), data), name).to.equal(digest);
    }
  });

  it("binds the domain to name, version, chain and contract", () => {
    const verifyingContract = `0x${"11".repeat(20)}`;
    expect(credenceDomain(8453n, verifyingContract).separator).to.equal(
      TypedDataEncoder.hashDomain({ name: "Credence", version: "1", chainId: 8453, verifyingContract }),
    );
  });

  it("refuses a value outside its type", () => {
    const struct = new TypedStruct<{ at: number }>({ Moment: [{ name: "at", type: "uint48" }] });
    const domain = credenceDomain(1n, `0x${"11".repeat(20)}`);
    expect(() => struct.digest(domain, { at: 2 ** 48 })).to.throw("out-of-bounds");
    expect(() => struct.digest(domain, { at: -1 })).to.throw("out-of-bounds");
  });
});
