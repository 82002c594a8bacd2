// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Test } from "forge-std/Test.sol";

import { Op } from "../../../contracts/types/Graph.sol";
import { ExposedUnitMath } from "../../mocks/ExposedUnitMath.sol";
import { ReferenceMath } from "../../setup/ReferenceMath.sol";

/// @notice From a sum to its element: every shift, both roundings, and where they turn.
contract UnitMathRescaleTest is Test {
    uint8 private constant FLOOR = 0;
    uint8 private constant GEMMLOWP = 1;
    /// @dev One half in gemmlowp's multiplication: it turns 2a into a without rounding.
    int256 private constant HALF = 2 ** 30;
    /// @dev The largest sum of a row that can be published: 1,365 elements of i64.
    int256 private constant LARGEST = 1_365 * 2 ** 70;

    ExposedUnitMath private fast;

    function setUp() external {
        fast = new ExposedUnitMath();
    }

    /* AGAINST THE REFERENCE */

    /// @dev All 256 shifts, both roundings, sums and parameters where something turns.
    function test_EveryShift() external view {
        int256[] memory accs = _edges();
        for (int256 shift = -128; shift <= 127; ++shift) {
            for (uint8 rounding = FLOOR; rounding <= GEMMLOWP; ++rounding) {
                Op memory op = _op(rounding);
                _assertAll(op, accs, HALF, 0, shift);
                _assertAll(op, accs, type(int32).max, -1, shift);
                _assertAll(op, accs, type(int64).min, type(int64).max, shift);
                _assertAll(op, accs, type(int64).max, type(int64).min, shift);
            }
        }
    }

    /// @dev Without bounds inside int64 hardly any product shows its low bits: these are small.
    function testFuzz_SmallNumbers(int32 acc, int32 mult, int32 bias, int8 shift, int32 zero) external view {
        int256[] memory accs = new int256[](1);
        accs[0] = acc;
        for (uint8 rounding = FLOOR; rounding <= GEMMLOWP; ++rounding) {
            Op memory op = _op(rounding);
            if (rounding == GEMMLOWP) op.zero = zero;
            _assertAll(op, accs, mult, bias, shift);
            _assertAll(op, accs, mult, bias, shift % 12);
        }
    }

    function testFuzz_AnyNumbers(int256 acc, int64 mult, int64 bias, int8 shift) external view {
        int256[] memory accs = new int256[](1);
        accs[0] = bound(acc, -LARGEST, LARGEST);
        for (uint8 rounding = FLOOR; rounding <= GEMMLOWP; ++rounding) {
            _assertAll(_op(rounding), accs, mult, bias, shift);
        }
    }

    /* BY HAND */

    /// @dev The example of docs/protocol/inference.md.
    function test_TheExample() external view {
        assertEq(_rescale(_op(FLOOR), -6, 3, 4, 2), -4);
        assertEq(_rescale(_op(FLOOR), -13, 3, 4, 2), -9);
        Op memory op = _op(GEMMLOWP);
        op.zero = 1;
        assertEq(_rescale(op, -6, HALF, 4, 2), 1);
        assertEq(_rescale(op, -13, HALF, 4, 2), 0);
    }

    function test_FloorRoundsDown() external view {
        Op memory op = _op(FLOOR);
        assertEq(_rescale(op, 7, 1, 0, 2), 1);
        assertEq(_rescale(op, 8, 1, 0, 2), 2);
        assertEq(_rescale(op, -1, 1, 0, 2), -1);
        assertEq(_rescale(op, -4, 1, 0, 2), -1);
        assertEq(_rescale(op, -5, 1, 0, 2), -2);
        assertEq(_rescale(op, 3, 5, -1, 1), 7);
    }

    /// @dev In the shift, a half goes away from zero.
    function test_ShiftOfGemmlowpRoundsHalvesAwayFromZero() external view {
        Op memory op = _op(GEMMLOWP);
        assertEq(_rescale(op, 2 * 2, HALF, 0, 2), 1);
        assertEq(_rescale(op, 2 * 1, HALF, 0, 2), 0);
        assertEq(_rescale(op, -2 * 2, HALF, 0, 2), -1);
        assertEq(_rescale(op, -2 * 1, HALF, 0, 2), 0);
        assertEq(_rescale(op, -2 * 3, HALF, 0, 2), -1);
        assertEq(_rescale(op, 2 * 6, HALF, 0, 2), 2);
        assertEq(_rescale(op, -2 * 6, HALF, 0, 2), -2);
        assertEq(_rescale(op, -2 * 5, HALF, 0, 2), -1);
    }

    /// @dev In the product, a half goes up: 0.5 to 1, 1.5 to 2, -0.5 to 0, -1.5 to -1.
    function test_ProductOfGemmlowpRoundsHalvesUp() external view {
        Op memory op = _op(GEMMLOWP);
        assertEq(_rescale(op, 1, HALF, 0, 0), 1);
        assertEq(_rescale(op, 3, HALF, 0, 0), 2);
        assertEq(_rescale(op, -1, HALF, 0, 0), 0);
        assertEq(_rescale(op, -3, HALF, 0, 0), -1);
        assertEq(_rescale(op, 1, HALF - 1, 0, 0), 0);
        assertEq(_rescale(op, -1, HALF + 1, 0, 0), -1);
    }

    /// @dev The bias comes before the multiplication with GEMMLOWP, after it with FLOOR.
    function test_PlaceOfTheBias() external view {
        assertEq(_rescale(_op(GEMMLOWP), 10, 2 * HALF, 5, 0), 15);
        assertEq(_rescale(_op(FLOOR), 10, 3, 5, 0), 35);
    }

    function test_NegativeShift() external view {
        assertEq(_rescale(_op(GEMMLOWP), 3, 2 * HALF, 2, -4), 80);
        assertEq(_rescale(_op(FLOOR), 3, 2, 2, -4), 8);
    }

    /// @dev A shift counts as at most 63 in size.
    function test_ShiftsBeyond63() external view {
        for (int256 shift = 63; shift <= 127; ++shift) {
            assertEq(_rescale(_op(FLOOR), 5 * 2 ** 63, 1, -1, shift), 4);
            assertEq(_rescale(_op(GEMMLOWP), 5 * 2 ** 63, 2 * HALF, 0, shift), 5);
        }
        assertEq(_rescale(_op(FLOOR), 5 * 2 ** 63, 1, 0, 62), 10);
        // 2^-31 of what is shifted: 2^63 makes 2^32 of it.
        for (int256 shift = -128; shift <= -63; ++shift) assertEq(_rescale(_op(GEMMLOWP), 3, 1, 0, shift), 3 * 2 ** 32);
        assertEq(_rescale(_op(GEMMLOWP), 3, 1, 0, -62), 3 * 2 ** 31);
    }

    function test_Bounds() external view {
        for (uint8 rounding = FLOOR; rounding <= GEMMLOWP; ++rounding) {
            Op memory op = _op(rounding);
            (op.lo, op.hi) = (-5, 7);
            int256 one = rounding == FLOOR ? int256(1) : 2 * HALF;
            int256[4] memory values = [int256(-6), -5, 7, 8];
            int256[4] memory expected = [int256(-5), -5, 7, 7];
            for (uint256 i = 0; i < 4; ++i) assertEq(_rescale(op, values[i], one, 0, 0), expected[i]);
            assertEq(_rescale(op, LARGEST, type(int64).max, 0, 0), 7);
            assertEq(_rescale(op, LARGEST, type(int64).min, 0, 0), -5);
            (op.lo, op.hi) = (3, 3);
            assertEq(_rescale(op, 100, one, 0, 0), 3);
            assertEq(_rescale(op, -100, one, 0, 0), 3);
        }
    }

    /// @dev The zero point is added before the bounds, and only with GEMMLOWP.
    function test_ZeroPoint() external view {
        Op memory op = _op(GEMMLOWP);
        op.zero = type(int32).min;
        assertEq(_rescale(op, 1, 2 * HALF, 0, 0), int256(type(int32).min) + 1);
        op.zero = type(int32).max;
        assertEq(_rescale(op, 1, 2 * HALF, 0, 0), 2 ** 31);
        (op.zero, op.hi) = (100, 127);
        assertEq(_rescale(op, 50, 2 * HALF, 0, 0), 127);
        assertEq(_rescale(op, 27, 2 * HALF, 0, 0), 127);
        assertEq(_rescale(op, 26, 2 * HALF, 0, 0), 126);
    }

    /* HELPERS */

    function _assertAll(Op memory op, int256[] memory accs, int256 mult, int256 bias, int256 shift) private view {
        int256[] memory ys = fast.rescale(op, accs, mult, bias, shift);
        for (uint256 i = 0; i < accs.length; ++i) {
            assertEq(ys[i], ReferenceMath.rescale(op, accs[i], mult, bias, shift));
        }
    }

    function _rescale(Op memory op, int256 acc, int256 mult, int256 bias, int256 shift) private view returns (int256) {
        int256[] memory accs = new int256[](1);
        accs[0] = acc;
        return fast.rescale(op, accs, mult, bias, shift)[0];
    }

    function _edges() private pure returns (int256[] memory accs) {
        int256[11] memory positive = [
            int256(1),
            2,
            3,
            HALF - 1,
            HALF,
            HALF + 1,
            2 ** 31,
            2 ** 62 - 1,
            2 ** 63,
            2 ** 63 + 2 ** 62,
            LARGEST
        ];
        accs = new int256[](23);
        for (uint256 i = 0; i < 11; ++i) (accs[2 * i], accs[2 * i + 1]) = (positive[i], -positive[i]);
    }

    function _op(uint8 rounding) private pure returns (Op memory op) {
        (op.code, op.rounding) = (1, rounding);
        (op.lo, op.hi) = (type(int64).min, type(int64).max);
    }
}
