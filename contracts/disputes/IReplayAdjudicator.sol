// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IReplayAdjudicator
/// @notice Who decides a game, and nothing of the parties' money: it tells the DisputeManager how a game ended.
interface IReplayAdjudicator {
    /// @notice Starts a game on an answer that is held for it. DisputeManager only.
    function startGame(uint256 gameId, bytes32 receiptId, address challenger) external;
}
