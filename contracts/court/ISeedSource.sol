// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title ISeedSource
/// @notice Chance that nobody knows when it is asked for. Asking and answering are two calls, so that whoever asks
/// cannot know the answer.
interface ISeedSource {
    /// @notice Asks for a seed. The answer must depend on nothing the caller can know now.
    /// @return ticket to ask with; never 0.
    function request() external returns (uint48 ticket);

    /// @notice The seed of a ticket: the same for every call, zero while it is not known, or not any more.
    function seedOf(uint48 ticket) external view returns (bytes32 seed);

    /// @notice Whether the ticket's seed will never be known (any more), so that another may be asked for.
    function isLost(uint48 ticket) external view returns (bool);
}
