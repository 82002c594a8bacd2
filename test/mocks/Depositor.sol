// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import { IDepositor } from "../../contracts/staking/IDepositor.sol";
import { StakeVault } from "../../contracts/staking/StakeVault.sol";

/// @notice A depositor that delivers another amount than was asked for, or calls the vault again while it is asked.
contract Depositor is IDepositor {
    StakeVault private immutable VAULT;
    int256 public excess;
    bytes public inner;
    /// @notice What the inner call came to.
    bool public succeeded;
    bytes public result;

    constructor(StakeVault vault) {
        VAULT = vault;
    }

    /// @notice Delivers `excess_` more than it is asked for.
    function setExcess(int256 excess_) external {
        excess = excess_;
    }

    /// @notice What to call the vault with while it asks.
    function setInner(bytes calldata inner_) external {
        inner = inner_;
    }

    function deposit(address payer, uint256 amount) external {
        VAULT.deposit(payer, amount);
    }

    function pay(address to, uint256 amount) external {
        VAULT.pay(to, amount);
    }

    function stake(uint256 amount) external {
        VAULT.TOKEN().approve(address(VAULT), type(uint256).max);
        VAULT.stake(amount);
    }

    /// @inheritdoc IDepositor
    function onDeposit(address payer, uint256 amount) external {
        if (inner.length > 0) (succeeded, result) = address(VAULT).call(inner);
        IERC20 token = VAULT.TOKEN();
        token.transferFrom(payer, address(VAULT), uint256(int256(amount) + excess));
    }
}
