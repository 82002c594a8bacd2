// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice A token that calls one of its holders before and after every transfer that touches it, as ERC-777 does.
contract HookToken is ERC20 {
    address public hooked;

    constructor(uint256 supply) ERC20("Hook", "HOOK") {
        _mint(msg.sender, supply);
    }

    function setHooked(address account) external {
        hooked = account;
    }

    function _update(address from, address to, uint256 value) internal override {
        bool touched = hooked != address(0) && (from == hooked || to == hooked);
        if (touched) _notify();
        super._update(from, to, value);
        if (touched) _notify();
    }

    function _notify() private {
        (bool success, ) = hooked.call(abi.encodeWithSignature("onTransfer()"));
        require(success, "hook");
    }
}
