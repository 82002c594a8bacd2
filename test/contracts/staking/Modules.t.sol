// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { AccessManager } from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import { IAccessManaged } from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import { Roles } from "../../../contracts/governance/Roles.sol";
import { IStakeVault } from "../../../contracts/staking/IStakeVault.sol";
import { StakeVault } from "../../../contracts/staking/StakeVault.sol";
import { VaultTest } from "../../setup/VaultTest.sol";

/// @notice Life of a module: genesis modules for good, later ones announced, activated, removed.
contract ModulesTest is VaultTest {
    address private immutable LATER = makeAddr("later module");

    /* SEALING */

    function test_GenesisModulesAreSealedAtDeployment() external view {
        _assertStatus(module, IStakeVault.ModuleStatus.Genesis, 0);
        _assertStatus(otherModule, IStakeVault.ModuleStatus.Genesis, 0);
        _assertStatus(LATER, IStakeVault.ModuleStatus.None, 0);
    }

    function test_SealingActivatesAllModulesAtOnce() external {
        (StakeVault fresh, ) = _unsealed();
        address[] memory modules = new address[](2);
        (modules[0], modules[1]) = (module, LATER);
        vm.expectEmit(address(fresh));
        emit IStakeVault.ModuleActivated(module);
        vm.expectEmit(address(fresh));
        emit IStakeVault.ModuleActivated(LATER);
        fresh.seal(modules, address(0));
        vault = fresh;
        _assertStatus(LATER, IStakeVault.ModuleStatus.Genesis, 0);
        vm.expectRevert(IStakeVault.AlreadySealed.selector);
        fresh.seal(new address[](0), address(0));
    }

    function test_SealingNamesTheCourt() external {
        assertEq(vault.court(), address(protocol.court));
        (StakeVault fresh, ) = _unsealed();
        assertEq(fresh.court(), address(0));
        address[] memory modules = new address[](1);
        modules[0] = module;
        vm.expectEmit(address(fresh));
        emit IStakeVault.ModuleActivated(LATER);
        fresh.seal(modules, LATER);
        assertEq(fresh.court(), LATER);
        vault = fresh;
        _assertStatus(LATER, IStakeVault.ModuleStatus.Genesis, 0);
    }

    function test_RevertWhen_TheCourtIsAmongTheModules() external {
        (StakeVault fresh, ) = _unsealed();
        address[] memory modules = new address[](1);
        modules[0] = module;
        vm.expectRevert(_inStatus(module, IStakeVault.ModuleStatus.Genesis, IStakeVault.ModuleStatus.None));
        fresh.seal(modules, module);
    }

    function test_DeploymentWithoutACourtHasNone() external {
        (StakeVault fresh, ) = _unsealed();
        fresh.seal(new address[](0), address(0));
        assertEq(fresh.court(), address(0));
        vault = fresh;
        _assertStatus(address(0), IStakeVault.ModuleStatus.None, 0);
    }

    function test_RevertWhen_SealedAgain() external {
        vm.prank(owner);
        vm.expectRevert(IStakeVault.AlreadySealed.selector);
        vault.seal(new address[](0), address(0));
    }

    function test_RevertWhen_AModuleIsSealedTwice() external {
        (StakeVault fresh, ) = _unsealed();
        address[] memory modules = new address[](2);
        (modules[0], modules[1]) = (module, module);
        vm.expectRevert(_inStatus(module, IStakeVault.ModuleStatus.Genesis, IStakeVault.ModuleStatus.None));
        fresh.seal(modules, address(0));
    }

    function test_RevertWhen_AStrangerSeals() external {
        (StakeVault fresh, ) = _unsealed();
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        fresh.seal(new address[](0), address(0));
    }

    /// @dev Whoever could spend what is forfeited would profit from decisions against operators.
    function test_RevertWhen_TheReserveHoldsARole() external {
        for (uint64 role = Roles.ADMIN; role <= Roles.GUARDIAN; ++role) {
            (StakeVault fresh, AccessManager access) = _unsealed();
            access.grantRole(role, RESERVE, 0);
            vm.expectRevert(abi.encodeWithSelector(IStakeVault.ReserveIsGovernor.selector, RESERVE, role));
            fresh.seal(new address[](0), address(0));
            access.revokeRole(role, RESERVE);
            fresh.seal(new address[](0), address(0));
        }
    }

    /* LATER MODULES */

    function test_LaterModuleIsUsableAfterThirtyFiveDays() external {
        uint256 readyAt = block.timestamp + 35 days;
        vm.expectEmit(address(vault));
        emit IStakeVault.ModuleAnnounced({ module: LATER, readyAt: readyAt });
        vm.prank(owner);
        vault.announceModule(LATER);
        _assertStatus(LATER, IStakeVault.ModuleStatus.Announced, readyAt);

        _stake(staker, 100e18);
        vm.expectRevert(_inStatus(LATER, IStakeVault.ModuleStatus.Announced, IStakeVault.ModuleStatus.Active));
        _optIn(staker, LATER);
        vm.prank(LATER);
        vm.expectRevert(_inStatus(LATER, IStakeVault.ModuleStatus.Announced, IStakeVault.ModuleStatus.Active));
        vault.lock(staker, 1);
        assertEq(vault.lockable(staker, LATER, 0), 0);

        vm.warp(readyAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.ModuleNotReady.selector, LATER, block.timestamp, readyAt));
        vault.activateModule(LATER);

        vm.warp(readyAt);
        vm.expectEmit(address(vault));
        emit IStakeVault.ModuleActivated(LATER);
        vm.prank(stranger);
        vault.activateModule(LATER);
        _lock(LATER, staker, 50e18);
        assertEq(_seize(LATER, staker, 20e18, other), 20e18);
        _assertAccount(staker, 80e18, 0, 30e18);
    }

    /// @dev An active module reaches nobody who did not opt in to it, though they opted in to others.
    function test_LaterModuleReachesOnlyWhoOptsIn() external {
        _activate(LATER);
        _stake(staker, 100e18);
        _lock(module, staker, 50e18);
        vm.startPrank(LATER);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.NotOptedIn.selector, staker, LATER));
        vault.lock(staker, 1);
        assertEq(vault.seize(staker, 50e18, new address[](0), new uint256[](0)), 0);
        _assertAccount(staker, 100e18, 0, 50e18);
    }

    /// @dev Whoever unstakes when a module is announced is gone before it can do anything.
    function test_StakeLeavesBeforeAnAnnouncedModuleIsUsable() external {
        _stake(staker, 100e18);
        vm.prank(owner);
        vault.announceModule(LATER);
        (, uint256 readyAt) = vault.moduleStatus(LATER);
        _unstake(staker, 100e18);
        vm.warp(vault.account(staker).maturesAt);
        assertLt(block.timestamp, readyAt);
        vm.prank(staker);
        assertEq(vault.withdraw(), 100e18);
        assertEq(token.balanceOf(staker), 100e18);
    }

    function test_RevertWhen_AnnouncedModuleIsZeroOrKnown() external {
        vm.startPrank(owner);
        vm.expectRevert(IStakeVault.ZeroAddress.selector);
        vault.announceModule(address(0));
        vault.announceModule(LATER);
        vm.expectRevert(_inStatus(LATER, IStakeVault.ModuleStatus.Announced, IStakeVault.ModuleStatus.None));
        vault.announceModule(LATER);
        vm.expectRevert(_inStatus(module, IStakeVault.ModuleStatus.Genesis, IStakeVault.ModuleStatus.None));
        vault.announceModule(module);
    }

    function test_RevertWhen_ActivatedModuleIsNotAnnounced() external {
        vm.expectRevert(_inStatus(LATER, IStakeVault.ModuleStatus.None, IStakeVault.ModuleStatus.Announced));
        vault.activateModule(LATER);
        _activate(LATER);
        vm.expectRevert(_inStatus(LATER, IStakeVault.ModuleStatus.Active, IStakeVault.ModuleStatus.Announced));
        vault.activateModule(LATER);
        vm.expectRevert(_inStatus(module, IStakeVault.ModuleStatus.Genesis, IStakeVault.ModuleStatus.Announced));
        vault.activateModule(module);
    }

    /* REMOVING */

    function test_RemovedModuleUnlocksAndSeizesButLocksNothing() external {
        _activate(LATER);
        _stake(staker, 100e18);
        _lock(LATER, staker, 50e18);
        vm.expectEmit(address(vault));
        emit IStakeVault.ModuleRemoved(LATER);
        vm.prank(owner);
        vault.removeModule(LATER);

        assertEq(vault.lockable(staker, LATER, 50e18), 0);
        bytes memory removed = _inStatus(LATER, IStakeVault.ModuleStatus.Removed, IStakeVault.ModuleStatus.Active);
        vm.startPrank(LATER);
        vm.expectRevert(removed);
        vault.lock(staker, 1);
        vm.expectRevert(removed);
        vault.relock(staker, 50e18, 1);
        assertEq(vault.relock(staker, 5e18, 0), 45e18);
        vault.unlock(staker, 5e18);
        vm.stopPrank();
        assertEq(_seize(LATER, staker, 100e18, other), 40e18);
        _assertAccount(staker, 60e18, 0, 0);

        vm.prank(staker);
        vault.optOut(LATER);
        vm.expectRevert(removed);
        _optIn(staker, LATER);
    }

    function test_WithdrawnAnnouncementIsNeverActivated() external {
        vm.startPrank(owner);
        vault.announceModule(LATER);
        vm.expectEmit(address(vault));
        emit IStakeVault.ModuleRemoved(LATER);
        vault.removeModule(LATER);
        vm.warp(block.timestamp + 36 days);
        vm.expectRevert(_inStatus(LATER, IStakeVault.ModuleStatus.Removed, IStakeVault.ModuleStatus.Announced));
        vault.activateModule(LATER);
        vm.expectRevert(_inStatus(LATER, IStakeVault.ModuleStatus.Removed, IStakeVault.ModuleStatus.None));
        vault.announceModule(LATER);
    }

    function test_RevertWhen_AGenesisModuleIsRemoved() external {
        vm.prank(owner);
        vm.expectRevert(_inStatus(module, IStakeVault.ModuleStatus.Genesis, IStakeVault.ModuleStatus.Active));
        vault.removeModule(module);
        _stake(staker, 100e18);
        _lock(module, staker, 90e18);
    }

    function test_RevertWhen_RemovedModuleIsUnknownOrRemoved() external {
        _activate(LATER);
        vm.startPrank(owner);
        vm.expectRevert(_inStatus(stranger, IStakeVault.ModuleStatus.None, IStakeVault.ModuleStatus.Active));
        vault.removeModule(stranger);
        vault.removeModule(LATER);
        vm.expectRevert(_inStatus(LATER, IStakeVault.ModuleStatus.Removed, IStakeVault.ModuleStatus.Active));
        vault.removeModule(LATER);
    }

    /* INTERNAL */

    function _unsealed() private returns (StakeVault fresh, AccessManager access) {
        access = new AccessManager(address(this));
        fresh = new StakeVault(address(access), token, RESERVE, uint40(UNBONDING), 35 days, 0);
    }

    function _activate(address later) private {
        vm.prank(owner);
        vault.announceModule(later);
        vm.warp(block.timestamp + 35 days);
        vault.activateModule(later);
    }

    function _assertStatus(address module_, IStakeVault.ModuleStatus expected, uint256 expectedReadyAt) private view {
        (IStakeVault.ModuleStatus status, uint256 readyAt) = vault.moduleStatus(module_);
        assertEq(uint8(status), uint8(expected));
        assertEq(readyAt, expectedReadyAt);
    }

    function _inStatus(
        address module_,
        IStakeVault.ModuleStatus actual,
        IStakeVault.ModuleStatus expected
    ) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IStakeVault.ModuleInStatus.selector, module_, actual, expected);
    }
}
