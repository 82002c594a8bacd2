// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { AccessManager } from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import { ERC7913P256Verifier } from "@openzeppelin/contracts/utils/cryptography/verifiers/ERC7913P256Verifier.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import { AttestationRegistry } from "../../contracts/attestations/AttestationRegistry.sol";
import { BlockhashSeedSource } from "../../contracts/court/BlockhashSeedSource.sol";
import { ConfigRules } from "../../contracts/court/ConfigRules.sol";
import { Court } from "../../contracts/court/Court.sol";
import { ICourt } from "../../contracts/court/ICourt.sol";
import { DisputeManager } from "../../contracts/disputes/DisputeManager.sol";
import { IDisputeManager } from "../../contracts/disputes/IDisputeManager.sol";
import { IntakePausable } from "../../contracts/governance/IntakePausable.sol";
import { Roles } from "../../contracts/governance/Roles.sol";
import { ModelRegistry } from "../../contracts/models/ModelRegistry.sol";
import { OperatorRegistry } from "../../contracts/operators/OperatorRegistry.sol";
import { ReplayGame } from "../../contracts/replay/ReplayGame.sol";
import { SlashingRegistry } from "../../contracts/slashing/SlashingRegistry.sol";
import { IStakeVault } from "../../contracts/staking/IStakeVault.sol";
import { StakeVault } from "../../contracts/staking/StakeVault.sol";

/// @notice Numbers of a deployment, as in ignition/parameters.
struct Parameters {
    address reserve;
    uint40 unbondingPeriod;
    uint40 moduleDelay;
    uint96 minEnroll;
    uint96 minOperatorStake;
    uint96 protocolMinCoverage;
    uint256 minWindow;
    uint256 maturity;
    uint96 totalFloor;
    uint16 bondBps;
    uint96 replayBond;
    ICourt.Config[] courtConfigs;
    address owner;
    address guardian;
}

struct Protocol {
    AccessManager access;
    IERC20 token;
    StakeVault vault;
    ConfigRules configRules;
    BlockhashSeedSource seedSource;
    Court court;
    ERC7913P256Verifier p256Verifier;
    OperatorRegistry operators;
    ModelRegistry models;
    AttestationRegistry attestations;
    SlashingRegistry slashing;
    DisputeManager disputes;
    ReplayGame replay;
}

/// @notice Deploys and wires the protocol as ignition/modules/Protocol.ts does; a test holds the two against each other.
library Deploy {
    /// @dev The caller becomes the deployer: administrator until the end, nothing afterwards.
    /// @param codeOf creation code of a contract by its source name: what ships, compiled as it ships.
    function protocol(
        Parameters memory p,
        IERC20 token,
        function(string memory) returns (bytes memory) codeOf
    ) internal returns (Protocol memory d) {
        d.token = token;
        d.access = AccessManager(_create(codeOf("AccessManager.sol:AccessManager"), abi.encode(address(this))));
        d.vault = StakeVault(
            _create(
                codeOf("contracts/staking/StakeVault.sol:StakeVault"),
                abi.encode(d.access, token, p.reserve, p.unbondingPeriod, p.moduleDelay, p.minEnroll)
            )
        );
        _createCourt(d, p, codeOf);
        d.p256Verifier = ERC7913P256Verifier(_create(codeOf("ERC7913P256Verifier.sol:ERC7913P256Verifier"), ""));
        address[] memory verifiers = new address[](1);
        verifiers[0] = address(d.p256Verifier);
        d.operators = OperatorRegistry(
            _create(
                codeOf("contracts/operators/OperatorRegistry.sol:OperatorRegistry"),
                abi.encode(d.access, d.vault, p.minOperatorStake, verifiers)
            )
        );
        d.models = ModelRegistry(
            _create(
                codeOf("contracts/models/ModelRegistry.sol:ModelRegistry"),
                abi.encode(d.access, p.minWindow, p.protocolMinCoverage, d.court)
            )
        );
        d.attestations = AttestationRegistry(
            _create(
                codeOf("contracts/attestations/AttestationRegistry.sol:AttestationRegistry"),
                abi.encode(d.access, d.vault, d.operators, d.models)
            )
        );
        d.slashing = SlashingRegistry(
            _create(
                codeOf("contracts/slashing/SlashingRegistry.sol:SlashingRegistry"),
                abi.encode(d.attestations, d.operators, d.vault)
            )
        );
        d.disputes = DisputeManager(
            _create(
                codeOf("contracts/disputes/DisputeManager.sol:DisputeManager"),
                abi.encode(d.access, d.attestations, d.slashing, d.models, d.vault, d.court, p.bondBps, p.replayBond)
            )
        );
        d.replay = ReplayGame(
            _create(
                codeOf("contracts/replay/ReplayGame.sol:ReplayGame"),
                abi.encode(d.disputes, d.attestations, d.models)
            )
        );
        _wire(d, p);
    }

    function _createCourt(
        Protocol memory d,
        Parameters memory p,
        function(string memory) returns (bytes memory) codeOf
    ) private {
        d.configRules = ConfigRules(
            _create(codeOf("contracts/court/ConfigRules.sol:ConfigRules"), abi.encode(d.vault, p.maturity, p.minWindow))
        );
        d.seedSource = BlockhashSeedSource(
            _create(codeOf("contracts/court/BlockhashSeedSource.sol:BlockhashSeedSource"), "")
        );
        d.court = Court(
            _create(
                codeOf("contracts/court/Court.sol:Court"),
                abi.encode(d.access, d.configRules, d.seedSource, p.totalFloor)
            )
        );
    }

    /// @dev Reverts with the constructor's reason.
    function _create(bytes memory code, bytes memory arguments) private returns (address created) {
        bytes memory all = abi.encodePacked(code, arguments);
        assembly ("memory-safe") {
            created := create(0, add(all, 0x20), mload(all))
            if iszero(created) {
                returndatacopy(0, 0, returndatasize())
                revert(0, returndatasize())
            }
        }
    }

    function _wire(Protocol memory d, Parameters memory p) private {
        bytes4[] memory governed = new bytes4[](2);
        (governed[0], governed[1]) = (IStakeVault.announceModule.selector, IStakeVault.removeModule.selector);
        d.access.setTargetFunctionRole(address(d.vault), governed, Roles.GOVERNOR);
        (governed[0], governed[1]) = (
            OperatorRegistry.addVerifier.selector,
            OperatorRegistry.setMinOperatorStake.selector
        );
        d.access.setTargetFunctionRole(address(d.operators), governed, Roles.GOVERNOR);
        bytes4[] memory single = new bytes4[](1);
        d.court.addConfigs(p.courtConfigs);
        single[0] = ICourt.addConfigs.selector;
        d.access.setTargetFunctionRole(address(d.court), single, Roles.GOVERNOR);
        single[0] = ModelRegistry.setProtocolMinCoverage.selector;
        d.access.setTargetFunctionRole(address(d.models), single, Roles.GOVERNOR);
        (governed[0], governed[1]) = (IDisputeManager.setBondBps.selector, IDisputeManager.setReplayBond.selector);
        d.access.setTargetFunctionRole(address(d.disputes), governed, Roles.GOVERNOR);
        bytes4[] memory guarded = new bytes4[](2);
        (guarded[0], guarded[1]) = (IntakePausable.pause.selector, IntakePausable.resume.selector);
        d.access.setTargetFunctionRole(address(d.operators), guarded, Roles.GUARDIAN);
        d.access.setTargetFunctionRole(address(d.models), guarded, Roles.GUARDIAN);
        d.access.setTargetFunctionRole(address(d.attestations), guarded, Roles.GUARDIAN);

        d.access.grantRole(Roles.GOVERNOR, p.owner, 0);
        d.access.grantRole(Roles.GUARDIAN, p.guardian, 0);
        d.access.grantRole(Roles.ADMIN, p.owner, 0);
        d.operators.seal(address(d.slashing), address(d.attestations));
        d.attestations.seal(address(d.disputes), address(d.slashing));
        d.court.seal(address(d.disputes));
        d.disputes.seal(address(d.replay));
        address[] memory modules = new address[](2);
        (modules[0], modules[1]) = (address(d.operators), address(d.attestations));
        d.vault.seal(modules, address(d.court));
        if (p.owner != address(this)) d.access.renounceRole(Roles.ADMIN, address(this));
    }
}
