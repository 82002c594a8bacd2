// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAccessManaged } from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import { AttestationRegistry } from "../../../contracts/attestations/AttestationRegistry.sol";
import { IAttestationRegistry } from "../../../contracts/attestations/IAttestationRegistry.sol";
import { StakeVault } from "../../../contracts/staking/StakeVault.sol";
import { AnswerTest } from "../../setup/AnswerTest.sol";

/// @notice Deployment and wiring; what the registry does is tested by topic, a file each.
contract AttestationRegistryTest is AnswerTest {
    function test_WiringIsReadable() external view {
        assertEq(address(attestations.VAULT()), address(protocol.vault));
        assertEq(address(attestations.OPERATORS()), address(protocol.operators));
        assertEq(address(attestations.MODELS()), address(protocol.models));
        assertEq(attestations.HONOUR_WINDOW(), HONOUR);
        assertEq(attestations.disputeManager(), disputes);
        assertEq(attestations.slashingRegistry(), address(protocol.slashing));
    }

    function test_DomainIsCredence1() external view {
        (, string memory name, string memory version, uint256 chainId, address verifyingContract, , ) = attestations
            .eip712Domain();
        assertEq(name, "Credence");
        assertEq(version, "1");
        assertEq(chainId, block.chainid);
        assertEq(verifyingContract, address(attestations));
    }

    function test_RevertWhen_SealedTwice() external {
        vm.expectRevert(IAttestationRegistry.AlreadySealed.selector);
        vm.prank(owner);
        attestations.seal(stranger, stranger);
    }

    function test_SealFixesBothOnceAndNeedsASlashingRegistry() external {
        AttestationRegistry fresh = _deploy(protocol.vault);
        vm.startPrank(owner);
        vm.expectRevert(IAttestationRegistry.ZeroAddress.selector);
        fresh.seal(disputes, address(0));
        fresh.seal(address(0), stranger);
        assertEq(fresh.disputeManager(), address(0));
        assertEq(fresh.slashingRegistry(), stranger);
        vm.expectRevert(IAttestationRegistry.AlreadySealed.selector);
        fresh.seal(disputes, stranger);
    }

    function test_RevertWhen_SealerIsNotAdministrator() external {
        AttestationRegistry fresh = _deploy(protocol.vault);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        vm.prank(stranger);
        fresh.seal(disputes, stranger);
    }

    function test_RevertWhen_AnAnswerCouldOutliveTheBond() external {
        uint40 longestLife = 1 days + 2 * 7 days + uint40(HONOUR);
        _deploy(_vault(longestLife));
        StakeVault short = _vault(longestLife - 1);
        vm.expectRevert(
            abi.encodeWithSelector(IAttestationRegistry.UnbondingTooShort.selector, longestLife - 1, longestLife)
        );
        _deploy(short);
    }

    function _deploy(StakeVault vault) private returns (AttestationRegistry) {
        return new AttestationRegistry(address(protocol.access), vault, protocol.operators, protocol.models);
    }

    function _vault(uint40 unbondingPeriod) private returns (StakeVault) {
        return new StakeVault(address(protocol.access), token, RESERVE, unbondingPeriod, 35 days, 0);
    }
}
