// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Test } from "forge-std/Test.sol";

import { UnitMath } from "../../../contracts/replay/UnitMath.sol";
import { Op } from "../../../contracts/types/Graph.sol";
import { ExposedUnitMath } from "../../mocks/ExposedUnitMath.sol";
import { ReferenceMath } from "../../setup/ReferenceMath.sol";

/// @notice The fast arithmetic against the readable one, and both against numbers worked out by hand.
contract UnitMathTest is Test {
    uint8 private constant FLOOR = 0;
    uint8 private constant GEMMLOWP = 1;
    /// @dev Most elements of each width in a unit that can be published: `k * (1 + width) <= 12,288`.
    uint256[4] private longest = [6_144, 4_096, 2_457, 1_365];

    ExposedUnitMath private fast;

    function setUp() external {
        fast = new ExposedUnitMath();
    }

    /* SUMS */

    function testFuzz_SumOfEveryWidth(bytes32 seed, uint256 count) external view {
        count = bound(count, 1, 200);
        for (uint256 i = 0; i < 4; ++i) _assertSum(_noise(seed, count), _noise(~seed, count * 2 ** i), 2 ** i);
    }

    /// @dev Through every remainder by 4 and by 32.
    function test_SumOfEveryLength() external view {
        for (uint256 count = 1; count <= 200; ++count) {
            bytes32 seed = bytes32(count);
            for (uint256 i = 0; i < 4; ++i) _assertSum(_noise(seed, count), _noise(~seed, count * 2 ** i), 2 ** i);
        }
    }

    function test_SumOfTheLongestRows() external view {
        for (uint256 i = 0; i < 4; ++i) {
            uint256 count = longest[i];
            _assertSum(_noise("w", count), _noise("x", count * 2 ** i), 2 ** i);
        }
    }

    /// @dev All weights and all elements at an end of their types.
    function test_SumAtTheEndsOfAllTypes() external view {
        for (uint256 i = 0; i < 4; ++i) {
            int256 lowest = -int256(2 ** (8 * 2 ** i - 1));
            for (uint256 count = longest[i] - 33; count <= longest[i]; ++count) {
                _assertEnds(count, 2 ** i, -128, lowest);
                _assertEnds(count, 2 ** i, -128, -lowest - 1);
                _assertEnds(count, 2 ** i, 127, lowest);
                _assertEnds(count, 2 ** i, 127, -lowest - 1);
            }
        }
    }

    /// @dev Worked out by hand: 6,144 * 128 * 128, 4,096 * 128 * 2^15, 1,365 * 127 * 2^63.
    function test_LargestSums() external view {
        assertEq(_sum(_repeat(-128, 6_144, 1), _repeat(-128, 6_144, 1), 1), 100_663_296);
        assertEq(_sum(_repeat(-128, 4_096, 1), _repeat(-32_768, 4_096, 2), 2), 17_179_869_184);
        assertEq(_sum(_repeat(127, 1_365, 1), _repeat(type(int64).min, 1_365, 8), 8), -173_355 * 2 ** 63);
    }

    function test_OneElement() external view {
        assertEq(_sum(hex"80", hex"80", 1), 16_384);
        assertEq(_sum(hex"80", hex"7f", 1), -16_256);
        assertEq(_sum(hex"7f", hex"8000", 2), -4_161_536);
        assertEq(_sum(hex"ff", hex"80000000", 4), 2_147_483_648);
        assertEq(_sum(hex"80", hex"8000000000000000", 8), 2 ** 70);
    }

    /// @dev One weight of 1, so that the sum is one element: each meets its own, in every place of a word.
    function test_EachWeightMeetsItsOwnElement() external view {
        for (uint256 i = 0; i < 4; ++i) {
            bytes memory x = _noise("element", 67 * 2 ** i);
            int256[] memory values = ReferenceMath.decode(x, 2 ** i);
            for (uint256 j = 0; j < 67; ++j) {
                bytes memory w = new bytes(67);
                w[j] = 0x01;
                assertEq(_sum(w, x, 2 ** i), values[j]);
            }
        }
    }

    /// @dev What calldata holds around weights and elements does not count, whatever it is.
    function testFuzz_SurroundingBytesDoNotCount(
        bytes32 seed,
        uint256 count,
        bytes memory before,
        bytes memory between,
        bytes memory behind
    ) external view {
        count = bound(count, 1, 100);
        for (uint256 i = 0; i < 4; ++i) {
            bytes memory w = _noise(seed, count);
            bytes memory x = _noise(~seed, count * 2 ** i);
            int256 expected = ReferenceMath.dot(ReferenceMath.decode(w, 1), ReferenceMath.decode(x, 2 ** i));
            ExposedUnitMath.Place memory p = ExposedUnitMath.Place({
                weights: before.length,
                input: before.length + count + between.length,
                count: count,
                width: 2 ** i
            });
            bytes memory blob = abi.encodePacked(before, w, between, x, behind);
            assertEq(fast.dot(blob, p), expected);
            assertEq(fast.dotWide(blob, p), expected);
        }
    }

    /// @dev Weights, and elements, that end where the calldata ends, or where ones follow.
    function test_DirtyTails() external view {
        bytes memory ones = _repeat(-1, 64, 1);
        for (uint256 count = 1; count <= 65; ++count) {
            for (uint256 i = 0; i < 4; ++i) {
                bytes memory w = _noise("w", count);
                bytes memory x = _noise("x", count * 2 ** i);
                int256 expected = ReferenceMath.dot(ReferenceMath.decode(w, 1), ReferenceMath.decode(x, 2 ** i));
                ExposedUnitMath.Place memory p = ExposedUnitMath.Place(0, count + 64, count, 2 ** i);
                assertEq(fast.dot(abi.encodePacked(w, ones, x, ones), p), expected, "behind both");
                p = ExposedUnitMath.Place(x.length, 0, count, 2 ** i);
                assertEq(fast.dot(abi.encodePacked(x, w), p), expected, "weights at the end");
            }
        }
    }

    function test_NoWeightsNoSum() external view {
        for (uint256 i = 0; i < 4; ++i) assertEq(_sum("", "", 2 ** i), 0);
    }

    /* ELEMENTS */

    function testFuzz_Element(bytes32 seed, uint256 count, uint256 start) external view {
        count = bound(count, 1, 40);
        start = bound(start, 0, 40);
        for (uint256 i = 0; i < 4; ++i) {
            bytes memory data = _noise(seed, count * 2 ** i);
            int256[] memory values = ReferenceMath.decode(data, 2 ** i);
            bytes memory blob = abi.encodePacked(_noise(~seed, start), data, bytes32(type(uint256).max));
            for (uint256 j = 0; j < count; ++j) assertEq(fast.element(blob, start, j, 2 ** i), values[j]);
        }
    }

    function test_ElementAtTheEndsOfItsType() external view {
        assertEq(fast.element(hex"7f80", 0, 0, 1), 127);
        assertEq(fast.element(hex"7f80", 0, 1, 1), -128);
        assertEq(fast.element(hex"7fff80000001", 0, 0, 2), 32_767);
        assertEq(fast.element(hex"7fff80000001", 0, 1, 2), -32_768);
        assertEq(fast.element(hex"7fff80000001", 0, 2, 2), 1);
        assertEq(fast.element(hex"8000000080000001", 0, 0, 4), type(int32).min);
        assertEq(fast.element(hex"8000000080000001", 0, 1, 4), type(int32).min + 1);
        assertEq(fast.element(hex"80000000000000007fffffffffffffff", 0, 0, 8), type(int64).min);
        assertEq(fast.element(hex"80000000000000007fffffffffffffff", 0, 1, 8), type(int64).max);
    }

    /* ARGMAX */

    function test_ArgmaxIsTheLowestIndexOfTheLargest() external view {
        assertEq(_argmax(_list(3, 3, 3)), 0);
        assertEq(_argmax(_list(1, 3, 3)), 1);
        assertEq(_argmax(_list(3, 1, 3)), 0);
        assertEq(_argmax(_list(1, 2, 3)), 2);
        assertEq(_argmax(_list(-3, -1, -2)), 1);
        assertEq(_argmax(_list(-128, -128, -127)), 2);
        assertEq(_argmax(_list(-128, 0, 127)), 2);
        assertEq(_argmax(_list(0, -1, 0)), 0);
    }

    function test_ArgmaxAtTheEndsOfAllTypes() external view {
        for (uint256 i = 0; i < 4; ++i) {
            int256 lowest = -int256(2 ** (8 * 2 ** i - 1));
            assertEq(_argmaxOf(_repeat(lowest, 5, 2 ** i), 2 ** i), 0);
            bytes memory data = abi.encodePacked(_repeat(lowest, 5, 2 ** i), _repeat(-lowest - 1, 2, 2 ** i));
            assertEq(_argmaxOf(data, 2 ** i), 5);
            assertEq(_argmaxOf(_repeat(lowest, 1, 2 ** i), 2 ** i), 0);
        }
    }

    /// @dev Few different values, so that there are ties; the largest of all behind the end.
    function testFuzz_Argmax(bytes32 seed, uint256 count) external view {
        count = bound(count, 1, 60);
        for (uint256 i = 0; i < 4; ++i) {
            int256[] memory values = new int256[](count);
            for (uint256 j = 0; j < count; ++j) values[j] = int8(uint8(keccak256(abi.encode(seed, j))[0])) % 5;
            bytes memory data = ReferenceMath.encode(values, 2 ** i);
            assertEq(_argmaxOf(data, 2 ** i), ReferenceMath.argmax(values));
            data = _noise(seed, count * 2 ** i);
            assertEq(_argmaxOf(data, 2 ** i), ReferenceMath.argmax(ReferenceMath.decode(data, 2 ** i)));
        }
    }

    /* WHOLE ELEMENTS */

    function testFuzz_Dense(
        bytes32 seed,
        uint256 count,
        int64 mult,
        int64 bias,
        int8 shift,
        int32 zero,
        int64[2] memory bounds
    ) external view {
        count = bound(count, 1, 100);
        for (uint8 rounding = FLOOR; rounding <= GEMMLOWP; ++rounding) {
            Op memory op = _op(rounding, rounding == GEMMLOWP ? zero : int32(0));
            (op.lo, op.hi) = bounds[0] < bounds[1] ? (bounds[0], bounds[1]) : (bounds[1], bounds[0]);
            for (uint256 i = 0; i < 4; ++i) {
                UnitMath.Row[] memory rows = new UnitMath.Row[](1);
                (rows[0].values, rows[0].mult, rows[0].bias, rows[0].shift) = (_noise(seed, count), mult, bias, shift);
                _assertDense(op, rows, _noise(~seed, count * 2 ** i), 2 ** i);
            }
        }
    }

    function _assertDense(Op memory op, UnitMath.Row[] memory rows, bytes memory x, uint256 width) private view {
        int256 expected = ReferenceMath.dense(
            op,
            ReferenceMath.decode(rows[0].values, 1),
            ReferenceMath.decode(x, width),
            rows[0].mult,
            rows[0].bias,
            rows[0].shift
        );
        bytes[] memory inputs = new bytes[](1);
        inputs[0] = x;
        assertEq(fast.layer(op, rows, inputs, width)[0][0], expected);
    }

    /* ONE SUM, AGAINST THE REFERENCE */

    function _assertSum(bytes memory w, bytes memory x, uint256 width) private view {
        int256 expected = ReferenceMath.dot(ReferenceMath.decode(w, 1), ReferenceMath.decode(x, width));
        assertEq(_sum(w, x, width), expected);
        ExposedUnitMath.Place memory p = ExposedUnitMath.Place(0, w.length, w.length, width);
        assertEq(fast.dotWide(abi.encodePacked(w, x), p), expected, "by the loop for all widths");
    }

    function _assertEnds(uint256 count, uint256 width, int256 weight, int256 value) private view {
        bytes memory w = _repeat(weight, count, 1);
        assertEq(_sum(w, _repeat(value, count, width), width), int256(count) * weight * value);
    }

    function _sum(bytes memory w, bytes memory x, uint256 width) private view returns (int256) {
        return fast.dot(abi.encodePacked(w, x), ExposedUnitMath.Place(0, w.length, w.length, width));
    }

    function _argmaxOf(bytes memory data, uint256 width) private view returns (uint256) {
        ExposedUnitMath.Place memory p = ExposedUnitMath.Place(0, 0, data.length / width, width);
        return fast.argmax(abi.encodePacked(data, _repeat(int256(2 ** (8 * width - 1) - 1), 1, width)), p);
    }

    /// @dev The same of three small values in every width.
    function _argmax(int256[] memory values) private view returns (uint256 index) {
        index = _argmaxOf(ReferenceMath.encode(values, 1), 1);
        for (uint256 i = 1; i < 4; ++i) assertEq(_argmaxOf(ReferenceMath.encode(values, 2 ** i), 2 ** i), index);
    }

    function _list(int256 a, int256 b, int256 c) private pure returns (int256[] memory values) {
        values = new int256[](3);
        (values[0], values[1], values[2]) = (a, b, c);
    }

    function _op(uint8 rounding, int32 zero) private pure returns (Op memory op) {
        (op.code, op.rounding, op.zero) = (1, rounding, zero);
        (op.lo, op.hi) = (type(int64).min, type(int64).max);
    }

    function _repeat(int256 value, uint256 count, uint256 width) private pure returns (bytes memory data) {
        bytes32 encoded = bytes32(uint256(value) << (256 - 8 * width));
        data = new bytes(count * width);
        for (uint256 i = 0; i < data.length; ++i) data[i] = encoded[i % width];
    }

    function _noise(bytes32 seed, uint256 length) private pure returns (bytes memory data) {
        data = new bytes(length);
        bytes32 word;
        for (uint256 i = 0; i < length; ++i) {
            if (i % 32 == 0) word = keccak256(abi.encode(seed, i));
            data[i] = word[i % 32];
        }
    }
}
