// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAccessManaged } from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import { IAccessManager } from "@openzeppelin/contracts/access/manager/IAccessManager.sol";

import { IAttestationRegistry } from "../../../contracts/attestations/IAttestationRegistry.sol";
import { ICourt } from "../../../contracts/court/ICourt.sol";
import { IDisputeManager } from "../../../contracts/disputes/IDisputeManager.sol";
import { IntakePausable } from "../../../contracts/governance/IntakePausable.sol";
import { Roles } from "../../../contracts/governance/Roles.sol";
import { IModelRegistry } from "../../../contracts/models/IModelRegistry.sol";
import { IOperatorRegistry } from "../../../contracts/operators/IOperatorRegistry.sol";
import { ISlashingRegistry } from "../../../contracts/slashing/ISlashingRegistry.sol";
import { IStakeVault } from "../../../contracts/staking/IStakeVault.sol";
import { Batch, Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { ProtocolTest } from "../../setup/ProtocolTest.sol";

/// @notice What each role can do in a finished deployment, and that none reaches stake, locks, bonds or rulings.
contract RolesTest is ProtocolTest {
    struct Restricted {
        address target;
        bytes data;
        uint64 role;
    }

    address private immutable VERIFIER = makeAddr("verifier");
    address private immutable LATER = makeAddr("later module");
    address private immutable GOVERNOR = makeAddr("governor");

    function setUp() public override {
        super.setUp();
        _setUpOperator();
        vm.prank(owner);
        protocol.access.grantRole(Roles.GOVERNOR, GOVERNOR, 0);
    }

    /* ROLES */

    function test_DeployerHasNoRoleLeft() external {
        for (uint64 role = Roles.ADMIN; role <= Roles.GUARDIAN; ++role) {
            (bool member, ) = protocol.access.hasRole(role, address(this));
            assertFalse(member);
        }
        vm.expectRevert(
            abi.encodeWithSelector(IAccessManager.AccessManagerUnauthorizedAccount.selector, address(this), Roles.ADMIN)
        );
        protocol.access.grantRole(Roles.ADMIN, address(this), 0);
        _expectAllRefused(address(this));
    }

    function test_RolesAreWhereTheDeploymentPutsThem() external view {
        address[3] memory holders = [owner, owner, guardian];
        for (uint64 role = Roles.ADMIN; role <= Roles.GUARDIAN; ++role) {
            (bool member, uint32 delay) = protocol.access.hasRole(role, holders[role]);
            assertTrue(member);
            assertEq(delay, 0);
            (bool reserved, ) = protocol.access.hasRole(role, RESERVE);
            assertFalse(reserved);
        }
        (bool guards, ) = protocol.access.hasRole(Roles.GUARDIAN, owner);
        assertFalse(guards);
    }

    /* RESTRICTED FUNCTIONS */

    function test_StrangersAreRefusedByEveryRestrictedFunction() external {
        _expectAllRefused(stranger);
        _expectAllRefused(operator);
        _expectAllRefused(disputes);
        _expectAllRefused(address(protocol.slashing));
    }

    /// @dev Each role reaches its own functions and no other's.
    function test_EachRoleReachesItsOwnFunctionsOnly() external {
        Restricted[] memory all = _restricted();
        for (uint256 i = 0; i < all.length; ++i) {
            if (all[i].role != Roles.GOVERNOR) _expectRefused(all[i], GOVERNOR);
            if (all[i].role != Roles.GUARDIAN) _expectRefused(all[i], guardian);
            if (all[i].role == Roles.ADMIN) continue;
            vm.prank(all[i].role == Roles.GOVERNOR ? GOVERNOR : guardian);
            (bool success, ) = all[i].target.call(all[i].data);
            assertTrue(success);
        }
    }

    /* THE OWNER: ADMINISTRATOR AND GOVERNOR */

    function test_RevertWhen_TheAdministratorSealsAgain() external {
        vm.startPrank(owner);
        vm.expectRevert(IStakeVault.AlreadySealed.selector);
        protocol.vault.seal(new address[](0), address(0));
        vm.expectRevert(IOperatorRegistry.AlreadySealed.selector);
        protocol.operators.seal(owner, owner);
        vm.expectRevert(IAttestationRegistry.AlreadySealed.selector);
        protocol.attestations.seal(owner, owner);
        vm.expectRevert(ICourt.AlreadySealed.selector);
        protocol.court.seal(owner);
        vm.expectRevert(IDisputeManager.AlreadySealed.selector);
        protocol.disputes.seal(owner);
    }

    function test_AdministratorReachesNoStake() external {
        uint256 before = _wealth(owner);
        vm.startPrank(owner);
        vm.expectRevert(
            abi.encodeWithSelector(
                IStakeVault.ModuleInStatus.selector,
                owner,
                IStakeVault.ModuleStatus.None,
                IStakeVault.ModuleStatus.Active
            )
        );
        protocol.vault.lock(operator, 1);
        (address[] memory to, uint256[] memory amounts) = _all(owner);
        assertEq(protocol.vault.seize(operator, 100_000e18, to, amounts), 0);
        protocol.vault.unlock(operator, 1_000e18);
        vm.stopPrank();

        IStakeVault.AccountView memory a = protocol.vault.account(operator);
        assertEq(a.active, 100_000e18);
        assertEq(a.locked, 1_000e18);
        assertEq(_wealth(owner), before);
    }

    function test_AdministratorReachesNoBondAndNoJail() external {
        (address[] memory to, uint256[] memory amounts) = _all(owner);
        bytes memory notSlashing = abi.encodeWithSelector(
            IOperatorRegistry.NotSlashingRegistry.selector,
            owner,
            address(protocol.slashing)
        );
        vm.startPrank(owner);
        vm.expectRevert(notSlashing);
        protocol.operators.seizeBond(operator, 1, to, amounts);
        vm.expectRevert(notSlashing);
        protocol.operators.jail(operator, block.timestamp + 1, true);
        vm.expectRevert(notSlashing);
        protocol.operators.tombstone(operator);
        vm.expectRevert(
            abi.encodeWithSelector(
                IOperatorRegistry.NotAttestationRegistry.selector,
                owner,
                address(protocol.attestations)
            )
        );
        protocol.operators.lowerCap(operator, 1);
    }

    function test_AdministratorReachesNoAnswerAndNoRuling() external {
        (Batch memory batch, CredenceReceipt[] memory receipts) = _anchor(0, 2);
        bytes32 id = protocol.attestations.publish(_leaf(batch, receipts, 0), REQUEST, OUTPUT);
        (address[] memory to, uint256[] memory amounts) = _all(owner);
        bytes memory notDisputes = abi.encodeWithSelector(
            IAttestationRegistry.NotDisputeManager.selector,
            owner,
            disputes
        );
        vm.startPrank(owner);
        vm.expectRevert(notDisputes);
        protocol.attestations.hold(receipts[0]);
        vm.expectRevert(notDisputes);
        protocol.attestations.release(receipts[0], IAttestationRegistry.CaseEnd.Upheld);
        vm.expectRevert(notDisputes);
        protocol.attestations.seize(receipts[0], to, amounts);
        vm.expectRevert(
            abi.encodeWithSelector(IAttestationRegistry.NotSlashingRegistry.selector, owner, address(protocol.slashing))
        );
        protocol.attestations.dishonour(receipts[0]);
        vm.expectRevert(abi.encodeWithSelector(ISlashingRegistry.NotDisputeManager.selector, owner, disputes));
        protocol.slashing.recordRuling(receipts[0], ISlashingRegistry.Offence.FalseAnswer, 1);
        vm.expectRevert(abi.encodeWithSelector(IDisputeManager.NotReplay.selector, owner, replay));
        protocol.disputes.overturn(receipts[0], owner, ISlashingRegistry.Offence.FalseAnswer);
        vm.expectRevert(abi.encodeWithSelector(ICourt.NotDisputeManager.selector, owner, disputes));
        protocol.court.conclude(id, true);
        assertEq(protocol.vault.lockedBy(address(protocol.attestations), operator), 2 * LOCK);
    }

    /// @dev The worst an administrator can do: hand every contract to an authority that allows everything to everybody.
    function test_AuthorityOfTheAdministratorsOwnReachesNoStakeEither() external {
        address lenient = makeAddr("lenient authority");
        vm.mockCall(lenient, abi.encodeWithSelector(IAccessManager.canCall.selector), abi.encode(true, uint32(0)));
        address[5] memory targets = [
            address(protocol.vault),
            address(protocol.operators),
            address(protocol.attestations),
            address(protocol.court),
            disputes
        ];
        vm.startPrank(owner);
        for (uint256 i = 0; i < targets.length; ++i) {
            protocol.access.updateAuthority(targets[i], lenient);
            assertEq(IAccessManaged(targets[i]).authority(), lenient);
        }
        vm.expectRevert(IStakeVault.AlreadySealed.selector);
        protocol.vault.seal(new address[](0), address(0));
        vm.expectRevert(IOperatorRegistry.AlreadySealed.selector);
        protocol.operators.seal(owner, owner);
        vm.expectRevert(IAttestationRegistry.AlreadySealed.selector);
        protocol.attestations.seal(owner, owner);
        vm.expectRevert(ICourt.AlreadySealed.selector);
        protocol.court.seal(owner);
        vm.expectRevert(IDisputeManager.AlreadySealed.selector);
        protocol.disputes.seal(owner);
        (address[] memory to, uint256[] memory amounts) = _all(owner);
        assertEq(protocol.vault.seize(operator, 100_000e18, to, amounts), 0);
        vm.expectRevert(
            abi.encodeWithSelector(
                IStakeVault.ModuleInStatus.selector,
                address(protocol.operators),
                IStakeVault.ModuleStatus.Genesis,
                IStakeVault.ModuleStatus.Active
            )
        );
        protocol.vault.removeModule(address(protocol.operators));
        assertEq(protocol.vault.account(operator).active, 100_000e18);
        assertEq(_wealth(owner), 0);
    }

    /* INTERNAL */

    /// @dev Every function of the protocol that is `restricted`, with arguments that would pass.
    function _restricted() private view returns (Restricted[] memory all) {
        (address vault, address operators) = (address(protocol.vault), address(protocol.operators));
        (address models, address attestations) = (address(protocol.models), address(protocol.attestations));
        all = new Restricted[](18);
        all[0] = Restricted(vault, abi.encodeCall(IStakeVault.seal, (new address[](0), address(0))), Roles.ADMIN);
        all[1] = Restricted(operators, abi.encodeCall(IOperatorRegistry.seal, (owner, owner)), Roles.ADMIN);
        all[2] = Restricted(attestations, abi.encodeCall(IAttestationRegistry.seal, (owner, owner)), Roles.ADMIN);
        all[3] = Restricted(vault, abi.encodeCall(IStakeVault.announceModule, (LATER)), Roles.GOVERNOR);
        all[4] = Restricted(vault, abi.encodeCall(IStakeVault.removeModule, (LATER)), Roles.GOVERNOR);
        all[5] = Restricted(operators, abi.encodeCall(IOperatorRegistry.addVerifier, (VERIFIER)), Roles.GOVERNOR);
        all[6] = Restricted(
            operators,
            abi.encodeCall(IOperatorRegistry.setMinOperatorStake, (2_000e18)),
            Roles.GOVERNOR
        );
        all[7] = Restricted(models, abi.encodeCall(IModelRegistry.setProtocolMinCoverage, (20e18)), Roles.GOVERNOR);
        _restrictCourtAndDisputes(all);
        address[3] memory paused = [operators, models, attestations];
        for (uint256 i = 0; i < paused.length; ++i) {
            all[8 + 2 * i] = Restricted(paused[i], abi.encodeCall(IntakePausable.pause, ()), Roles.GUARDIAN);
            all[9 + 2 * i] = Restricted(paused[i], abi.encodeCall(IntakePausable.resume, ()), Roles.GUARDIAN);
        }
    }

    function _restrictCourtAndDisputes(Restricted[] memory all) private view {
        address court = address(protocol.court);
        all[14] = Restricted(court, abi.encodeCall(ICourt.seal, (owner)), Roles.ADMIN);
        all[15] = Restricted(court, abi.encodeCall(ICourt.addConfigs, (_courtConfigs())), Roles.GOVERNOR);
        all[16] = Restricted(disputes, abi.encodeCall(IDisputeManager.seal, (owner)), Roles.ADMIN);
        all[17] = Restricted(disputes, abi.encodeCall(IDisputeManager.setBondBps, (2_000)), Roles.GOVERNOR);
    }

    function _expectAllRefused(address caller) private {
        Restricted[] memory all = _restricted();
        for (uint256 i = 0; i < all.length; ++i) _expectRefused(all[i], caller);
    }

    function _expectRefused(Restricted memory call, address caller) private {
        vm.prank(caller);
        (bool success, bytes memory result) = call.target.call(call.data);
        assertFalse(success);
        assertEq(result, abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, caller));
    }

    function _all(address recipient) private pure returns (address[] memory to, uint256[] memory amounts) {
        (to, amounts) = (new address[](1), new uint256[](1));
        (to[0], amounts[0]) = (recipient, type(uint256).max);
    }

    function _wealth(address account) private view returns (uint256) {
        IStakeVault.AccountView memory a = protocol.vault.account(account);
        return token.balanceOf(account) + a.active + a.unbonding + a.credit;
    }
}
