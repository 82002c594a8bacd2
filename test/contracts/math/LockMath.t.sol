// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Test } from "forge-std/Test.sol";

import { LockMath } from "../../../contracts/math/LockMath.sol";

contract LockMathTest is Test {
    uint256 private constant MAX_PENALTY_BPS = 30_000;

    function test_LockIsCoverageAndPenalty() external pure {
        assertEq(LockMath.lockUp(10e18, 10_000), 20e18);
        assertEq(LockMath.lockUp(10e18, 5_000), 15e18);
        assertEq(LockMath.lockUp(10e18, 30_000), 40e18);
        assertEq(LockMath.lockUp(0, 10_000), 0);
    }

    function test_PenaltyIsRoundedUp() external pure {
        assertEq(LockMath.lockUp(1, 5_000), 2);
        assertEq(LockMath.lockUp(1, 5_001), 2);
        assertEq(LockMath.lockUp(3, 5_000), 5);
        assertEq(LockMath.lockUp(9_999, 10_001), 9_999 + 10_000);
    }

    function test_CoverageIsRoundedDown() external pure {
        assertEq(LockMath.coverageDown(20e18, 10_000), 10e18);
        assertEq(LockMath.coverageDown(19, 10_000), 9);
        assertEq(LockMath.coverageDown(1, 5_000), 0);
        assertEq(LockMath.coverageDown(0, 10_000), 0);
    }

    function testFuzz_PenaltyIsLessThanOneUnitAboveItsExactShare(uint96 coverage, uint256 bps) external pure {
        bps = bound(bps, 0, MAX_PENALTY_BPS);
        uint256 penalty = LockMath.lockUp(coverage, bps) - coverage;
        uint256 exact = uint256(coverage) * bps;
        assertGe(penalty * 10_000, exact);
        assertLt(penalty * 10_000, exact + 10_000);
    }

    function testFuzz_CoverageIsLessThanOneUnitBelowItsExactShare(uint96 locked, uint256 bps) external pure {
        bps = bound(bps, 0, MAX_PENALTY_BPS);
        uint256 coverage = LockMath.coverageDown(locked, bps);
        assertLe(coverage * (10_000 + bps), uint256(locked) * 10_000);
        assertGt((coverage + 1) * (10_000 + bps), uint256(locked) * 10_000);
    }

    function testFuzz_WholeLockHoldsTheWholeCoverage(uint96 coverage, uint256 bps) external pure {
        bps = bound(bps, 0, MAX_PENALTY_BPS);
        assertEq(LockMath.coverageDown(LockMath.lockUp(coverage, bps), bps), coverage);
    }

    function testFuzz_ShortLockNeverHoldsMoreThanTheWholeOne(
        uint96 coverage,
        uint256 bps,
        uint256 locked
    ) external pure {
        bps = bound(bps, 0, MAX_PENALTY_BPS);
        uint256 whole = LockMath.lockUp(coverage, bps);
        locked = bound(locked, 0, whole);
        uint256 covered = LockMath.coverageDown(locked, bps);
        assertLe(covered, coverage);
        // What is left for the penalty is not less, in proportion, than what the whole lock has.
        assertGe((locked - covered) * 10_000, covered * bps);
    }
}
