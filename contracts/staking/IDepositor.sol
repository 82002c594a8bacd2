// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IDepositor
/// @notice A contract that brings tokens into the StakeVault as credit.
interface IDepositor {
    /// @notice The vault asks its caller for `amount` of the stake token, now and to the vault's own address. Answer
    /// the vault only, and only while a `deposit` of one's own is under way.
    /// @param payer as given to `deposit`.
    function onDeposit(address payer, uint256 amount) external;
}
