// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

import { IAttestationRegistry } from "../../contracts/attestations/IAttestationRegistry.sol";
import { IntakePausable } from "../../contracts/governance/IntakePausable.sol";
import { IModelRegistry } from "../../contracts/models/IModelRegistry.sol";
import { IOperatorRegistry } from "../../contracts/operators/IOperatorRegistry.sol";
import { ISlashingRegistry } from "../../contracts/slashing/ISlashingRegistry.sol";
import { IStakeVault } from "../../contracts/staking/IStakeVault.sol";
import { CourtActions } from "./CourtActions.sol";

/// @notice Governor and guardian, publishers, later modules over their own locks, and strangers who try what others may.
abstract contract GovernanceActions is CourtActions {
    /* INTAKE AND MODELS */

    function pause(uint256 seed) external {
        address[3] memory targets = [
            address(protocol.attestations),
            address(protocol.operators),
            address(protocol.models)
        ];
        address target = targets[_draw(seed, "target", 3)];
        uint256 until = IntakePausable(target).pausedUntil();
        bool paused = block.timestamp < until;
        // A pause lasts for three days, which is most of a run.
        if (!paused && !_oneIn(seed, "really", 5)) return;
        bool resuming = paused && !_oneIn(seed, "again", 4);
        bool expected = resuming || until == 0 || block.timestamp >= until + 30 days;
        bytes memory data =
            resuming ? abi.encodeCall(IntakePausable.resume, ()) : abi.encodeCall(IntakePausable.pause, ());
        address caller = _oneIn(seed, "stranger", 5) ? _anyAccount(seed) : guardian;
        _do(resuming ? "resume" : "pause", caller, target, data, expected && caller == guardian);
    }

    function publishModel(uint256 seed) external {
        if (_models.length >= 12) return;
        IModelRegistry.Policy memory policy = _policy();
        policy.challengeWindow = uint32(1 hours + _draw(seed, "window", _oneIn(seed, "long", 3) ? 7 days : 2 days));
        policy.penaltyBps = uint16(5_000 + _draw(seed, "penalty", 25_001));
        policy.privateInput = _oneIn(seed, "private", 4);
        if (_oneIn(seed, "judged", 2)) _makeJudged(policy);
        if (policy.challengeWindow > 7 days || block.timestamp < protocol.models.pausedUntil()) return;
        bytes32 id = protocol.models.modelIdOf(publisher, _manifest(), policy);
        if (protocol.models.publisherOf(id) != address(0)) return;
        _addModel(policy);
        ++_tried["publishModel"];
        ++_succeeded["publishModel"];
    }

    function deprecate(uint256 seed) external {
        // One model stays in use.
        uint256 i = _draw(seed, "model", _models.length);
        if (!_oneIn(seed, "really", 3)) return;
        address caller = _oneIn(seed, "stranger", 4) ? _anyAccount(seed) : publisher;
        bytes memory data = abi.encodeCall(IModelRegistry.deprecate, (_models[i].id));
        bool expected = caller == publisher && !_models[i].deprecated && i > 0;
        if (i == 0 && caller == publisher) return;
        if (_do("deprecate", caller, address(protocol.models), data, expected)) _models[i].deprecated = true;
    }

    function setMinOperatorStake(uint256 seed) external {
        uint96 amount = uint96(1e18 * (1 + _draw(seed, "amount", 3_000)));
        if (_oneIn(seed, "out of bounds", 8)) amount = 10_001e18;
        address caller = _oneIn(seed, "stranger", 5) ? _anyAccount(seed) : owner;
        bytes memory data = abi.encodeCall(IOperatorRegistry.setMinOperatorStake, (amount));
        bool expected = caller == owner && amount >= 100e18 && amount <= 10_000e18;
        _do("setMinOperatorStake", caller, address(protocol.operators), data, expected);
    }

    function _addModel(IModelRegistry.Policy memory policy) internal {
        bytes32 id = _publishModel(policy);
        bool judged = policy.grounds > 1;
        _models.push(Model(id, policy.challengeWindow, policy.penaltyBps, policy.privateInput, false, judged));
    }

    /// @dev A window that is over before a first round is, and a penalty that pays for one.
    function _makeJudged(IModelRegistry.Policy memory policy) internal pure {
        (policy.grounds, policy.courtConfig) = (3, 1);
        policy.challengeWindow = uint32(Math.min(policy.challengeWindow, 25 hours));
        policy.penaltyBps = uint16(Math.max(policy.penaltyBps, 7_000));
    }

    /* LATER MODULES */

    /// @notice Announces, activates or removes a module other than the genesis ones.
    function changeModule(uint256 seed) external {
        bool fresh = _modules.length < 5 && _oneIn(seed, "fresh", 2);
        address module = _oneIn(seed, "genesis", 6) ? _modules[_draw(seed, "module", 2)] : _laterModule(seed);
        if (fresh) module = _newModule();
        (IStakeVault.ModuleStatus status, uint256 readyAt) = protocol.vault.moduleStatus(module);
        bool ready = block.timestamp >= readyAt;
        if (status == IStakeVault.ModuleStatus.Announced && (ready || _oneIn(seed, "activate", 2))) {
            bytes memory activation = abi.encodeCall(IStakeVault.activateModule, (module));
            _do("activateModule", stranger, address(protocol.vault), activation, ready);
        } else if (status == IStakeVault.ModuleStatus.None) {
            bytes memory announcement = abi.encodeCall(IStakeVault.announceModule, (module));
            _do("announceModule", owner, address(protocol.vault), announcement, true);
        } else if (_oneIn(seed, "remove", status == IStakeVault.ModuleStatus.Announced ? 40 : 8)) {
            bytes memory removal = abi.encodeCall(IStakeVault.removeModule, (module));
            bool genesis = status == IStakeVault.ModuleStatus.Genesis;
            bool expected = !genesis && status != IStakeVault.ModuleStatus.Removed;
            _do("removeModule", owner, address(protocol.vault), removal, expected);
        }
    }

    function _newModule() internal returns (address module) {
        module = address(uint160(uint256(keccak256(abi.encode("module", _modules.length)))));
        _modules.push(module);
    }

    /// @notice A later module locks, unlocks or seizes.
    function useModule(uint256 seed) external {
        uint256 kind = _draw(seed, "kind", 5);
        if (kind < 3) _moduleLock(seed);
        else if (kind == 3) _moduleUnlock(seed);
        else _moduleSeize(seed);
    }

    function _moduleLock(uint256 seed) private {
        (address module, address account) = (_laterModule(seed), _anyAccount(seed));
        uint256 release = _oneIn(seed, "release", 3) ? _draw(seed, "released", 100e18) : 0;
        uint256 held = _moduleLocks[module][account];
        release = Math.min(release, held + 1);
        uint256 lockable = _lockableBy(module, account);
        uint256 amount = _draw(seed, "amount", lockable + 2);
        if (_oneIn(seed, "huge", 10)) amount = type(uint256).max;
        // With `release` freed first, as the vault's own view says it; without, as the store does.
        uint256 limit = release == 0 ? lockable : protocol.vault.lockable(account, module, release);
        bytes memory data = abi.encodeCall(IStakeVault.relock, (account, release, amount));
        if (!_do("moduleLock", module, address(protocol.vault), data, amount <= limit)) return;
        _moduleLocks[module][account] = held - Math.min(release, held) + amount;
    }

    function _moduleUnlock(uint256 seed) private {
        (address module, address account) = (_laterModule(seed), _anyAccount(seed));
        uint256 held = _moduleLocks[module][account];
        uint256 amount = _draw(seed, "amount", held + 2);
        bytes memory data = abi.encodeCall(IStakeVault.unlock, (account, amount));
        if (!_do("moduleUnlock", module, address(protocol.vault), data, true)) return;
        _moduleLocks[module][account] = held - Math.min(held, amount);
    }

    /// @dev Takes what the module locked and tries to take more.
    function _moduleSeize(uint256 seed) private {
        (address module, address account) = (_laterModule(seed), _anyAccount(seed));
        uint256 held = _moduleLocks[module][account];
        uint256 amount = _oneIn(seed, "more", 3) ? held + _draw(seed, "over", 1e24) : _draw(seed, "amount", held + 1);
        address[] memory to = new address[](1 + _draw(seed, "recipients", 2));
        uint256[] memory amounts = new uint256[](to.length);
        for (uint256 i = 0; i < to.length; ++i) {
            (to[i], amounts[i]) = (_anyAccount(_other(seed, i)), _draw(_other(seed, i), "share", amount + 2));
        }
        bytes memory data = abi.encodeCall(IStakeVault.seize, (account, amount, to, amounts));
        (bool ok, bytes memory result) = _call(module, address(protocol.vault), data);
        if (!_judge("moduleSeize", ok, true, result)) return;
        uint256 taken = Math.min(held, amount);
        _require(abi.decode(result, (uint256)) == taken, "a module took another amount than it locked");
        _moduleLocks[module][account] -= taken;
        _take(account, taken);
        _distribute(taken, to, amounts);
    }

    function _laterModule(uint256 seed) private view returns (address) {
        return _modules[2 + _draw(seed, "module", _modules.length - 2)];
    }

    /* STRANGERS */

    /// @notice What only a module, the DisputeManager, a registry or a role may do, by somebody who is none of them.
    function trespass(uint256 seed) external {
        address caller = _anyAccount(seed);
        address victim = _anyAccount(_other(seed, 1));
        (address[] memory to, uint256[] memory amounts) = (new address[](1), new uint256[](1));
        (to[0], amounts[0]) = (caller, 1e18);
        address vault = address(protocol.vault);
        address operators = address(protocol.operators);
        _do("trespass", caller, vault, abi.encodeCall(IStakeVault.lock, (victim, 1)), false);
        _do("trespass", caller, vault, abi.encodeCall(IStakeVault.announceModule, (caller)), false);
        _do("trespass", caller, operators, abi.encodeCall(IOperatorRegistry.jail, (victim, 1, true)), false);
        _do("trespass", caller, operators, abi.encodeCall(IOperatorRegistry.tombstone, (victim)), false);
        _do("trespass", caller, operators, abi.encodeCall(IOperatorRegistry.lowerCap, (victim, 1)), false);
        _do(
            "trespass",
            caller,
            operators,
            abi.encodeCall(IOperatorRegistry.seizeBond, (victim, 1, to, amounts)),
            false
        );
        bytes memory data = abi.encodeCall(IStakeVault.seize, (victim, 1e18, to, amounts));
        (bool ok, bytes memory result) = _call(caller, vault, data);
        _require(ok && abi.decode(result, (uint256)) == 0, "a stranger seized");
        if (_signed.length == 0) return;
        uint256 i = _find(seed, _isOpen);
        address answers = address(protocol.attestations);
        _do("trespass", caller, answers, abi.encodeCall(IAttestationRegistry.hold, (_signed[i].receipt)), false);
        data = abi.encodeCall(IAttestationRegistry.seize, (_signed[i].receipt, to, amounts));
        _do("trespass", caller, answers, data, false);
        _do("trespass", caller, answers, abi.encodeCall(IAttestationRegistry.dishonour, (_signed[i].receipt)), false);
        ISlashingRegistry.Offence offence = ISlashingRegistry.Offence.FalseAnswer;
        data = abi.encodeCall(ISlashingRegistry.recordRuling, (_signed[i].receipt, offence, 0));
        _do("trespass", caller, address(protocol.slashing), data, false);
    }
}
