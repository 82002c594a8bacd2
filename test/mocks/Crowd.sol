// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import { IStakeVault } from "../../contracts/staking/IStakeVault.sol";

/// @notice One of a crowd.
contract CrowdMember {
    function enroll(IERC20 token, IStakeVault vault, uint256 amount) external {
        token.approve(address(vault), amount);
        vault.stakeAndEnroll(amount);
    }
}

/// @notice Makes accounts that stake and enroll, each by a call of its own, out of the tokens that this contract holds.
contract Crowd {
    /// @notice Who joined.
    event Joined(address member);

    function grow(IERC20 token, IStakeVault vault, uint256 amount) external {
        CrowdMember member = new CrowdMember();
        token.transfer(address(member), amount);
        member.enroll(token, vault, amount);
        emit Joined(address(member));
    }
}
