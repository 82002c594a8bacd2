// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title LockMath
/// @notice How one locked amount divides into coverage and penalty.
/// @dev With bps > 0, `coverageDown(lockUp(c, bps), bps) == c` for every c: the penalty's rounding adds less than one
/// unit, and 10,000 / (10,000 + bps) of less than one unit floors away.
library LockMath {
    /// @notice 100 % in basis points.
    uint256 internal constant BPS = 10_000;

    /// @notice What an answer of this coverage locks: coverage + penalty, the penalty rounded up, against the operator.
    function lockUp(uint256 coverage, uint256 penaltyBps) internal pure returns (uint256) {
        return coverage + Math.ceilDiv(coverage * penaltyBps, BPS);
    }

    /// @notice The part of a lock that is coverage, rounded down, towards the penalty and so against the beneficiary.
    function coverageDown(uint256 locked, uint256 penaltyBps) internal pure returns (uint256) {
        return (locked * BPS) / (BPS + penaltyBps);
    }
}
