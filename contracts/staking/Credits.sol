// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import { ReentrancyGuardTransient } from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import { IDepositor } from "./IDepositor.sol";
import { IStakeVault } from "./IStakeVault.sol";
import { Modules } from "./Modules.sol";

/// @title Credits
/// @notice The part of the StakeVault that knows what it owes to whom beside stake. See `IStakeVault`, the manual.
abstract contract Credits is Modules, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @inheritdoc IStakeVault
    IERC20 public immutable TOKEN;

    mapping(address account => uint256) private _credits;
    mapping(address account => bool) private _keepsCredit;

    constructor(
        address authority,
        IERC20 token,
        address reserve,
        uint40 unbondingPeriod,
        uint40 moduleDelay
    ) Modules(authority, reserve, unbondingPeriod, moduleDelay) {
        if (address(token) == address(0)) revert ZeroAddress();
        TOKEN = token;
    }

    /// @inheritdoc IStakeVault
    function claim(address account_) external nonReentrant returns (uint256 amount) {
        if (_keepsCredit[account_]) revert CreditKept(account_);
        amount = _credits[account_];
        if (amount == 0) revert NothingToClaim(account_);
        _credits[account_] = 0;
        emit Claimed(account_, amount);
        TOKEN.safeTransfer(account_, amount);
    }

    /// @inheritdoc IStakeVault
    function deposit(address payer, uint256 amount) external nonReentrant {
        if (amount == 0) revert ZeroAmount();
        uint256 before = TOKEN.balanceOf(address(this));
        IDepositor(msg.sender).onDeposit(payer, amount);
        uint256 received = TOKEN.balanceOf(address(this)) - before;
        if (received != amount) revert TransferAmountMismatch(received, amount);
        _credit(msg.sender, payer, amount);
    }

    /// @inheritdoc IStakeVault
    function keepCredit() external {
        _keepsCredit[msg.sender] = true;
        emit CreditToBeKept(msg.sender);
    }

    /// @inheritdoc IStakeVault
    function pay(address to, uint256 amount) external {
        _pay(to, amount);
    }

    function _creditOf(address account_) internal view returns (uint256) {
        return _credits[account_];
    }

    function _pay(address to, uint256 amount) internal {
        uint256 credit = _credits[msg.sender];
        if (credit < amount) revert CreditTooLow(credit, amount);
        _credits[msg.sender] = credit - amount;
        _credit(to, msg.sender, amount);
    }

    /// @dev What is for the zero address goes to the reserve.
    function _credit(address to, address from, uint256 amount) internal {
        if (amount == 0) return;
        if (to == address(0)) to = RESERVE;
        _credits[to] += amount;
        emit Credited(to, from, amount);
    }
}
