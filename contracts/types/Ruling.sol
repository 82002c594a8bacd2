// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice How a contested answer was decided. That nothing is decided yet is never one of these values.
enum Ruling {
    Undecided, // nobody could say
    Overturned, // the operator is at fault
    Upheld // it is not
}

/// @dev A case has at most this many rounds: one opening and two appeals. Arrays by round write the number out.
uint256 constant MAX_ROUNDS = 3;
