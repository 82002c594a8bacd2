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
        // p runs over the elements; what follows one in its word is shifted out. Two at a time while two are left.
        assembly ("memory-safe") {
            let bits := sub(256, shl(3, width))
            let p := data.offset
            let at := p
            let largest := sar(bits, calldataload(p))
            let value
            for {
                let twos := add(p, mul(and(div(data.length, width), not(1)), width))
            } lt(p, twos) {} {
                value := sar(bits, calldataload(p))
                if sgt(value, largest) {
                    largest := value
                    at := p
                }
                p := add(p, width)
                value := sar(bits, calldataload(p))
                if sgt(value, largest) {
                    largest := value
                    at := p
                }
                p := add(p, width)
            }
            for {
                let end := add(data.offset, data.length)
            } lt(p, end) {} {
                value := sar(bits, calldataload(p))
                if sgt(value, largest) {
                    largest := value
                    at := p
                }
                p := add(p, width)
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
        return rescale(op, dot(row.values, input, width), row.mult, row.bias, row.shift);
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

    /// @notice Sum of int8 weights times elements of `width` bytes.
    function dot(bytes calldata weights, bytes calldata input, uint256 width) internal pure returns (int256) {
        if (width == 1) return dotNarrow(weights, input);
        // Literals, of each of which the compiler makes a loop of its own.
        if (width == 2) return dotWide(weights, input, 2);
        return width == 4 ? dotWide(weights, input, 4) : dotWide(weights, input, 8);
    }

    /// @notice Sum of int8 weights times elements of `width` bytes, for every width.
    /// @dev Sizes: at most 2^7 * 2^63 * 2^13, far below 2^255.
    function dotWide(bytes calldata weights, bytes calldata input, uint256 width) internal pure returns (int256 acc) {
        // p runs over weights, q over elements; each load takes the first bytes of a word and shifts the rest out, so
        // what follows in calldata does not matter. Eight at a time while eight are left.
        assembly ("memory-safe") {
            let bits := sub(256, shl(3, width))
            let p := weights.offset
            let q := input.offset
            let end := add(p, weights.length)
            for {
                let eights := add(p, and(weights.length, not(7)))
            } lt(p, eights) {
                p := add(p, 8)
            } {
                let w := calldataload(p)
                acc := add(acc, mul(sar(248, w), sar(bits, calldataload(q))))
                q := add(q, width)
                acc := add(acc, mul(signextend(0, byte(1, w)), sar(bits, calldataload(q))))
                q := add(q, width)
                acc := add(acc, mul(signextend(0, byte(2, w)), sar(bits, calldataload(q))))
                q := add(q, width)
                acc := add(acc, mul(signextend(0, byte(3, w)), sar(bits, calldataload(q))))
                q := add(q, width)
                acc := add(acc, mul(signextend(0, byte(4, w)), sar(bits, calldataload(q))))
                q := add(q, width)
                acc := add(acc, mul(signextend(0, byte(5, w)), sar(bits, calldataload(q))))
                q := add(q, width)
                acc := add(acc, mul(signextend(0, byte(6, w)), sar(bits, calldataload(q))))
                q := add(q, width)
                acc := add(acc, mul(signextend(0, byte(7, w)), sar(bits, calldataload(q))))
                q := add(q, width)
            }
            for {} lt(p, end) {
                p := add(p, 1)
                q := add(q, width)
            } {
                acc := add(acc, mul(sar(248, calldataload(p)), sar(bits, calldataload(q))))
            }
        }
    }

    /// @notice Sum of int8 weights times int8 elements, 32 of each at a time.
    /// @dev Every fourth byte goes into a lane of 32 bits, eight lanes to a word, and the lanes of one factor are
    /// reversed: lane 7 of the product of two words is then the sum of the products of their lanes, and what would lie
    /// above it is cut off. Lanes are signed: a word is the sum of x[i] * 2^(32 i), of whatever sign, and so are sums
    /// of products. No lane reaches 2^31 in size for rows of 2^16, so the lanes below are less than half of lane 7's
    /// unit together, and rounding takes them away.
    function dotNarrow(bytes calldata weights, bytes calldata input) internal pure returns (int256 acc) {
        assembly ("memory-safe") {
            let flip := 0x8080808080808080808080808080808080808080808080808080808080808080
            let lane := 0x000000ff000000ff000000ff000000ff000000ff000000ff000000ff000000ff
            let bias := 0x0000008000000080000000800000008000000080000000800000008000000080
            let p := weights.offset
            let q := input.offset
            let end := add(p, weights.length)
            for {} lt(p, end) {
                p := add(p, 32)
                q := add(q, 32)
            } {
                let a := calldataload(p)
                let b := calldataload(q)
                if lt(sub(end, p), 32) {
                    // Bytes behind the end become 0, which adds nothing.
                    let mask := not(shr(shl(3, sub(end, p)), not(0)))
                    a := and(a, mask)
                    b := and(b, mask)
                }
                // With 128 added to all, which `bias` takes off again where each has a lane of its own.
                a := xor(a, flip)
                b := xor(b, flip)
                // Lanes in reverse: halves, quarters, eighths.
                b := or(shr(128, b), shl(128, b))
                b := or(
                    and(shr(64, b), 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff),
                    shl(64, and(b, 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff))
                )
                b := or(
                    and(shr(32, b), 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff),
                    shl(32, and(b, 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff))
                )
                acc := add(acc, mul(sub(and(a, lane), bias), sub(and(b, lane), bias)))
                acc := add(acc, mul(sub(and(shr(8, a), lane), bias), sub(and(shr(8, b), lane), bias)))
                acc := add(acc, mul(sub(and(shr(16, a), lane), bias), sub(and(shr(16, b), lane), bias)))
                acc := add(acc, mul(sub(and(shr(24, a), lane), bias), sub(and(shr(24, b), lane), bias)))
            }
            // Half of lane 7's unit, and down to it.
            acc := sar(224, add(acc, shl(223, 1)))
        }
    }
}
