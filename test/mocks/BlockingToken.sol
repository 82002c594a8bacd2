// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice A token without permits that delivers nothing to one address.
contract BlockingToken is ERC20 {
    error Blocked(address account);

    address public blocked;

    constructor(uint256 supply) ERC20("Blocking", "BLK") {
        _mint(msg.sender, supply);
    }

    function setBlocked(address account) external {
        blocked = account;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (to == blocked && to != address(0)) revert Blocked(to);
        super._update(from, to, value);
    }
}
