// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

/// @title IntakePausable
/// @notice Lets the guardian stop *new* business for a while, and nothing else: exits, claims, contests, rulings and
/// the anchoring of a receipt that was handed out are never behind `whenIntakeOpen`.
/// @dev The pause lives in the slot of the authority, so that intake functions read one slot for both.
abstract contract IntakePausable is AccessManaged {
    /// @notice Intake is paused until `until` (seconds).
    error IntakePaused(uint256 until);
    /// @notice The guardian paused less than `PAUSE_COOLDOWN` ago; the next pause is possible at `notBefore`.
    error PauseTooSoon(uint256 actual, uint256 notBefore);
    /// @notice Nothing is paused.
    error IntakeNotPaused();

    /// @notice Intake is refused from now until `until`.
    event IntakePausedUntil(uint256 until);
    /// @notice The guardian ended the pause early.
    event IntakeResumed();

    /// @notice Length of a pause.
    uint40 public constant PAUSE_DURATION = 72 hours;
    /// @notice Time from the end of one pause to the start of the next, whoever the guardian is.
    uint40 public constant PAUSE_COOLDOWN = 30 days;

    /// @notice Intake is paused while `block.timestamp < pausedUntil`.
    uint40 public pausedUntil;

    modifier whenIntakeOpen() {
        _requireIntakeOpen();
        _;
    }

    /// @param authority the AccessManager that knows governor and guardian.
    constructor(address authority) AccessManaged(authority) {}

    /// @notice Refuses intake for `PAUSE_DURATION`. Guardian only.
    /// @dev Reverts with `PauseTooSoon` within `PAUSE_COOLDOWN` of the end of the last pause.
    function pause() external restricted {
        if (pausedUntil != 0) {
            uint256 notBefore = uint256(pausedUntil) + PAUSE_COOLDOWN;
            if (block.timestamp < notBefore) revert PauseTooSoon(block.timestamp, notBefore);
        }
        pausedUntil = uint40(block.timestamp) + PAUSE_DURATION;
        emit IntakePausedUntil(pausedUntil);
    }

    /// @notice Ends a pause early. Guardian only. The cooldown counts from now.
    function resume() external restricted {
        if (block.timestamp >= pausedUntil) revert IntakeNotPaused();
        pausedUntil = uint40(block.timestamp);
        emit IntakeResumed();
    }

    function _requireIntakeOpen() internal view {
        if (block.timestamp < pausedUntil) revert IntakePaused(pausedUntil);
    }
}
