// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Graph, Op } from "../types/Graph.sol";

/// @title UnitMath
/// @notice One output element of an operator from its inputs, in the exact integers of docs/protocol/inference.md. The
/// readable form is test/setup/ReferenceMath.sol; tests show that both agree.
library UnitMath {
    /// @notice Parameters of one row of a DENSE operator.
    struct Row {
        int8 shift; // counts as at most 63 in size
        int64 mult;
        int64 bias; // an input zero point is folded in
        bytes values; // int8 weights, k of them
        bytes32[] proof; // to the model's weightsRoot
    }

    /// @dev 2^30 and 2^31 of gemmlowp's doubling high multiplication.
    int256 private constant HALF = 1 << 30;
    int256 private constant WHOLE = 1 << 31;

    /// @notice Element `i` of a tensor's bytes with `width` bytes each: big-endian two's complement.
    function element(bytes calldata data, uint256 i, uint256 width) internal pure returns (int256 value) {
        // Byte i * width and those behind it; what follows the element is shifted out.
        assembly ("memory-safe") {
            value := sar(sub(256, shl(3, width)), calldataload(add(data.offset, mul(i, width))))
        }
    }

    /// @notice Index of the largest element, the lowest on ties.
    function argmax(bytes calldata data, uint256 width) internal pure returns (uint256 best) {
        // p runs over the elements; what follows one in its word is shifted out.
        assembly ("memory-safe") {
            let bits := sub(256, shl(3, width))
            let p := data.offset
            let end := add(p, data.length)
            let at := p
            let largest := sar(bits, calldataload(p))
            for {} lt(p, end) {
                p := add(p, width)
            } {
                let value := sar(bits, calldataload(p))
                if sgt(value, largest) {
                    largest := value
                    at := p
                }
            }
            best := div(sub(at, data.offset), width)
        }
    }

    /// @notice A DENSE element.
    /// @param input bytes of the tensor read, `width` each, as many elements as there are weights.
    function dense(
        Op calldata op,
        Row calldata row,
        bytes calldata input,
        uint256 width
    ) internal pure returns (int256) {
        int256 acc = width == 1 ? dotNarrow(row.values, input) : dotWide(row.values, input, width);
        return rescale(op, acc, row.mult, row.bias, row.shift);
    }

    /// @notice From a row's sum to its element. Total for every value of its parameters: a sum that can be published
    /// has at most 83 bits, products below 220.
    function rescale(
        Op calldata op,
        int256 acc,
        int256 mult,
        int256 bias,
        int256 shift
    ) internal pure returns (int256 y) {
        uint256 right =
            shift > 63
                ? 63
                : shift > 0
                    ? uint256(shift)
                    : 0;
        if (op.rounding == Graph.FLOOR) {
            y = (acc * mult + bias) >> right;
        } else {
            uint256 left =
                shift < -63
                    ? 63
                    : shift < 0
                        ? uint256(-shift)
                        : 0;
            y = (acc + bias) * int256(1 << left) * mult;
            y = (y + (y >= 0 ? HALF : 1 - HALF)) / WHOLE;
            int256 mask = int256(1 << right) - 1;
            int256 threshold = (mask >> 1) + (y < 0 ? int256(1) : int256(0));
            y = (y >> right) + ((y & mask) > threshold ? int256(1) : int256(0)) + op.zero;
        }
        if (y < op.lo) return op.lo;
        if (y > op.hi) return op.hi;
    }

    /// @notice Sum of int8 weights times elements of `width` bytes, for every width.
    /// @dev Sizes: at most 2^7 * 2^63 * 2^13, far below 2^255.
    function dotWide(bytes calldata weights, bytes calldata input, uint256 width) internal pure returns (int256 acc) {
        // p runs over weights, q over elements; each load takes the first byte, or the first `width` bytes, of a word
        // and shifts the rest out, so what follows in calldata does not matter. Four at a time while four are left.
        assembly ("memory-safe") {
            let bits := sub(256, shl(3, width))
            let p := weights.offset
            let q := input.offset
            let end := add(p, weights.length)
            let step := shl(2, width)
            for {
                let four := add(p, and(weights.length, not(3)))
            } lt(p, four) {} {
                let w := calldataload(p)
                let r := add(q, width)
                let s := add(r, width)
                acc := add(acc, mul(sar(248, w), sar(bits, calldataload(q))))
                acc := add(acc, mul(signextend(0, byte(1, w)), sar(bits, calldataload(r))))
                acc := add(acc, mul(signextend(0, byte(2, w)), sar(bits, calldataload(s))))
                acc := add(acc, mul(signextend(0, byte(3, w)), sar(bits, calldataload(add(s, width)))))
                p := add(p, 4)
                q := add(q, step)
            }
            for {} lt(p, end) {} {
                acc := add(acc, mul(sar(248, calldataload(p)), sar(bits, calldataload(q))))
                p := add(p, 1)
                q := add(q, width)
            }
        }
    }

    /// @notice Sum of int8 weights times int8 elements, 32 of each at a time.
    /// @dev Signed bytes become unsigned by adding 128: sum((a - 128)(b - 128)) is
    /// sum(ab) - 128 * sum(a + b) + 128^2 * n. A byte of four goes into a lane of 32 bits; with the lanes of one
    /// factor reversed, lane 7 of the product of two words is the sum of the products of their 8 lanes, and what lies
    /// above it is cut off. No lane overflows: 8 * 255^2 < 2^19, and lane sums stay below 2^32 for 2^20 words.
    function dotNarrow(bytes calldata weights, bytes calldata input) internal pure returns (int256 acc) {
        uint256 products = 0;
        uint256 sums = 0;
        uint256 length = weights.length;
        for (uint256 i = 0; i < length; i += 32) {
            (uint256 a, uint256 b) = _words(weights, input, i);
            assembly ("memory-safe") {
                let lane := 0x000000ff000000ff000000ff000000ff000000ff000000ff000000ff000000ff
                let x := and(a, lane)
                let y := and(b, lane)
                products := add(products, shr(224, mul(x, y)))
                sums := add(sums, add(x, y))
                x := and(shr(8, a), lane)
                y := and(shr(8, b), lane)
                products := add(products, shr(224, mul(x, y)))
                sums := add(sums, add(x, y))
                x := and(shr(16, a), lane)
                y := and(shr(16, b), lane)
                products := add(products, shr(224, mul(x, y)))
                sums := add(sums, add(x, y))
                x := and(shr(24, a), lane)
                y := and(shr(24, b), lane)
                products := add(products, shr(224, mul(x, y)))
                sums := add(sums, add(x, y))
            }
        }
        // Times 1 in every lane: lane 7 is the sum of all. Bytes behind the end count as 128 in both factors.
        unchecked {
            sums = (sums * 0x0000000100000001000000010000000100000001000000010000000100000001) >> 224;
            uint256 n = (length + 31) & ~uint256(31);
            acc = int256(products) - int256(sums << 7) + int256(n << 14);
        }
    }

    /// @dev 32 bytes of each from byte `i` on, with 128 added to all, the lanes of the second reversed.
    function _words(
        bytes calldata weights,
        bytes calldata input,
        uint256 i
    ) private pure returns (uint256 a, uint256 b) {
        assembly ("memory-safe") {
            a := calldataload(add(weights.offset, i))
            b := calldataload(add(input.offset, i))
            let left := sub(weights.length, i)
            if lt(left, 32) {
                // Bytes behind the end become 0, which adds nothing.
                let mask := not(shr(shl(3, left), not(0)))
                a := and(a, mask)
                b := and(b, mask)
            }
            let flip := 0x8080808080808080808080808080808080808080808080808080808080808080
            a := xor(a, flip)
            b := xor(b, flip)
            // Halves, quarters, eighths.
            b := or(shr(128, b), shl(128, b))
            b := or(
                and(shr(64, b), 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff),
                shl(64, and(b, 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff))
            )
            b := or(
                and(shr(32, b), 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff),
                shl(32, and(b, 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff))
            )
        }
    }
}
