// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Why an answer may be contested; bits of a model's `grounds`.
library Grounds {
    /// @notice Arithmetic decides.
    uint8 internal constant REPLAY = 1;
    /// @notice Token holders decide.
    uint8 internal constant JUDGEMENT = 2;
}
