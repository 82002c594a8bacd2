// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { AccessManager } from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import { IStakeVault } from "../../contracts/staking/IStakeVault.sol";
import { StakeVault } from "../../contracts/staking/StakeVault.sol";
import { ProtocolTest } from "./ProtocolTest.sol";

/// @notice The vault of a deployed protocol, two accounts, and its genesis modules: tests act as them.
abstract contract VaultTest is ProtocolTest {
    uint256 internal constant UNBONDING = 21 days;
    uint256 internal constant OPEN_ENDED = type(uint40).max;

    StakeVault internal vault;
    address internal staker = makeAddr("staker");
    address internal other = makeAddr("other");
    address internal module;
    address internal otherModule;

    function setUp() public virtual override {
        super.setUp();
        vault = protocol.vault;
        module = address(protocol.attestations);
        otherModule = address(protocol.operators);
    }

    /// @dev A vault of its own for another token, administered by the test, with one genesis module.
    function _deployVault(IERC20 token_, address genesis) internal returns (StakeVault deployed) {
        AccessManager access = new AccessManager(address(this));
        deployed = new StakeVault(address(access), token_, RESERVE, uint40(UNBONDING), 35 days, 500e18);
        address[] memory modules = new address[](1);
        modules[0] = genesis;
        deployed.seal(modules, address(0));
    }

    function _unstake(address account, uint256 amount) internal {
        vm.prank(account);
        vault.unstake(amount);
    }

    function _optIn(address account, address module_) internal {
        vm.prank(account);
        vault.optIn(module_);
    }

    /// @dev Opts in if need be.
    function _lock(address module_, address account, uint256 amount) internal {
        if (vault.optedInUntil(account, module_) != OPEN_ENDED) _optIn(account, module_);
        vm.prank(module_);
        vault.lock(account, amount);
    }

    /// @dev Everything it takes goes to `recipient`.
    function _seize(address module_, address account, uint256 amount, address recipient) internal returns (uint256) {
        address[] memory recipients = new address[](1);
        uint256[] memory amounts = new uint256[](1);
        (recipients[0], amounts[0]) = (recipient, amount);
        vm.prank(module_);
        return vault.seize(account, amount, recipients, amounts);
    }

    function _assertAccount(address account, uint256 active, uint256 unbonding, uint256 locked) internal view {
        IStakeVault.AccountView memory a = vault.account(account);
        assertEq(a.active, active, "active");
        assertEq(a.unbonding, unbonding, "unbonding");
        assertEq(a.locked, locked, "locked");
    }
}
