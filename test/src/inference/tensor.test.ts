import { expect } from "chai";
import { getBytes } from "ethers";
import fc from "fast-check";

import { Dtype, type Tensor } from "../../../src/inference/spec.ts";
import { decodeTensor, encodeTensor, TensorMismatchError, type TensorData } from "../../../src/inference/tensor.ts";

const EXAMPLES: [keyof typeof Dtype, TensorData, string][] = [
  ["I8", Int8Array.of(0, 1, -1, 127, -128), "0x0001ff7f80"],
  ["I16", Int16Array.of(1, -2, 32_767, -32_768), "0x0001fffe7fff8000"],
  ["I32", Int32Array.of(258, -1, -2_147_483_648), "0x00000102ffffffff80000000"],
  ["I64", BigInt64Array.of(258n, -2n, -(2n ** 63n)), "0x0000000000000102fffffffffffffffe8000000000000000"],
];

describe("inference/tensor", () => {
  for (const [name, data, hex] of EXAMPLES) {
    const tensor: Tensor = { dtype: Dtype[name], length: data.length };

    it(`encodes and decodes ${name} as big-endian two's complement`, () => {
      expect(encodeTensor(tensor, data)).to.deep.equal(getBytes(hex));
      expect(decodeTensor(tensor, getBytes(hex))).to.deep.equal(data);
    });

    it(`decodes ${name} from bytes inside a larger buffer`, () => {
      const bytes = Buffer.concat([Buffer.from([9, 9, 9]), getBytes(hex), Buffer.from([9])]);
      expect(decodeTensor(tensor, bytes.subarray(3, -1))).to.deep.equal(data);
    });

    it(`decodes any bytes of the right length as ${name} and encodes them back`, () => {
      const size = data.BYTES_PER_ELEMENT * data.length;
      fc.assert(
        fc.property(fc.uint8Array({ minLength: size, maxLength: size }), (bytes) => {
          expect(encodeTensor(tensor, decodeTensor(tensor, bytes))).to.deep.equal(new Uint8Array(bytes));
        }),
      );
    });
  }

  it("refuses bytes of another length", () => {
    expect(() => decodeTensor({ dtype: Dtype.I16, length: 2 }, new Uint8Array(3))).to.throw(
      TensorMismatchError,
      "number of bytes is 3, expected 4",
    );
    expect(() => decodeTensor({ dtype: Dtype.I16, length: 2 }, new Uint8Array(5))).to.throw("is 5, expected 4");
  });

  it("refuses elements of another type or number", () => {
    expect(() => encodeTensor({ dtype: Dtype.I16, length: 2 }, new Int32Array(2))).to.throw(
      TensorMismatchError,
      "element type is Int32Array, expected Int16Array",
    );
    expect(() => encodeTensor({ dtype: Dtype.I16, length: 2 }, new Int16Array(3))).to.throw(
      TensorMismatchError,
      "tensor length is 3, expected 2",
    );
  });
});
