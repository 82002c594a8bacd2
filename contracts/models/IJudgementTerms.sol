// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IJudgementTerms
/// @notice What a model that token holders may judge has to know of whoever asks them. Configs are append-only there.
interface IJudgementTerms {
    /// @notice Fee of the first round under a config, stake token.
    function firstRoundFee(uint16 courtConfig) external view returns (uint256);

    /// @notice Shortest time from the opening of a case to the end of its round 0, seconds.
    function shortestRound0(uint16 courtConfig) external view returns (uint256);
}
