// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

import { IModelRegistry } from "../../contracts/models/IModelRegistry.sol";
import { IReplayGame } from "../../contracts/replay/IReplayGame.sol";
import { IStakeVault } from "../../contracts/staking/IStakeVault.sol";
import { Op, Tensor } from "../../contracts/types/Graph.sol";
import { Receipt as CredenceReceipt } from "../../contracts/types/Receipt.sol";
import { AnswerHarness } from "./AnswerHarness.sol";
import { ReplayModel } from "./ReplayModel.sol";

/// @notice What operators computed and what they said they did, the games on it, and where each stands by the rules.
/// All models are one that can be run; an operator that lies does so in one place.
abstract contract GameStore is AnswerHarness {
    uint256 internal constant MOVE = 13 hours;
    uint256 internal constant TENSORS = 5;
    uint256 internal constant MOST_ROOTS = 257;

    enum Lie {
        None,
        Element, // of a tensor
        Root, // of a tensor that nobody knows
        Padding, // behind the last element
        MissingLeaf, // that is not empty
        RootCount,
        Request, // another one was answered
        Output, // another one was handed out
        Trace // that nobody knows
    }

    struct Work {
        bytes input; // what was run
        Lie lie;
        uint256 tensor;
        uint256 place; // element, missing leaf, or root count
        bytes32 noise;
        bytes32[] roots;
    }

    struct Game {
        uint256 signed;
        address challenger;
        bool honest; // the challenger, which runs the model and challenges what is wrong
        uint256 bond; // 0 when it was paid out
        IReplayGame.Phase phase;
        uint256 deadline;
        uint256 tensor;
        uint256 level;
        uint256 position;
        bytes32 node;
        bytes32[][] opened; // children, from the root down
        bytes leaf;
    }

    ReplayModel internal _model;
    Work[] internal _works;
    mapping(bytes32 content => uint256) internal _workAt; // index + 1
    mapping(bytes32 input => bytes32[]) private _trueRoots;
    mapping(uint256 gameId => Game) internal _games;
    uint256 internal _gameCount;
    uint256 internal _replayBond = 50e18;
    mapping(uint256 signed => uint256) internal _rootsAt; // 0: not published

    /// @dev Frees what a function took of memory, which a sequence in one call would not have enough of. For functions
    /// that leave nothing in it.
    modifier forgetful() {
        uint256 free;
        assembly ("memory-safe") {
            free := mload(0x40)
        }
        _;
        assembly ("memory-safe") {
            mstore(0x40, free)
        }
    }

    function setUp() public virtual override {
        _model = new ReplayModel();
        super.setUp();
        IModelRegistry.Policy memory policy = _policy();
        (policy.challengeWindow, policy.privateInput) = (1 days, true);
        _addModel(policy);
    }

    function _publishModel(IModelRegistry.Policy memory policy) internal override returns (bytes32) {
        IModelRegistry.Manifest memory manifest = _manifest();
        (Tensor[] memory tensors, Op[] memory ops) = _model.graph();
        manifest.specHash = keccak256(abi.encode(uint16(1), tensors, ops));
        manifest.weightsRoot = _model.weightsRoot();
        vm.prank(publisher);
        return protocol.models.publishModel(manifest, policy, tensors, ops);
    }

    /* WORK */

    /// @dev The operator in the first slot never lies; the others do so more often than not.
    function _compute(
        uint256 seed,
        CredenceReceipt memory r
    ) internal override returns (bytes memory request, bytes memory output) {
        bool honest = r.operator == _slots[0] || _oneIn(seed, "honest", 3);
        Lie lie = honest ? Lie.None : Lie(1 + _draw(seed, "lie", 8));
        // More often in those whose tree has levels.
        uint256 tensor = [uint256(1), 3, 1, 3, 3, 2, 0, 4][_draw(seed, "tensor", 8)];
        return _keep(seed, _newWork(seed, lie, tensor), r);
    }

    /// @dev What is handed out for the work, and what the receipt says of it.
    function _keep(
        uint256 seed,
        Work memory w,
        CredenceReceipt memory r
    ) internal returns (bytes memory request, bytes memory output) {
        (request, output) = (w.input, _claimed(w, TENSORS - 1));
        if (w.lie == Lie.Request) request = _altered(seed, request);
        if (w.lie == Lie.Output) output = _altered(seed, output);
        (r.inputHash, r.outputHash) = (keccak256(request), keccak256(output));
        r.traceRoot = w.lie == Lie.Trace ? w.noise : keccak256(abi.encode(w.roots));
        bytes32 content = _contentOf(r);
        if (_workAt[content] != 0) return (request, output);
        _works.push(w);
        _workAt[content] = _works.length;
    }

    function _newWork(uint256 seed, Lie lie, uint256 tensor) internal returns (Work memory w) {
        w.input = abi.encodePacked(bytes3(keccak256(abi.encode(_draw(seed, "input", 3)))));
        (w.lie, w.noise) = (lie, keccak256(abi.encode(seed, "noise", _works.length)));
        // Only two tensors miss leaves.
        w.tensor =
            lie != Lie.MissingLeaf
                ? tensor
                : tensor < 3
                    ? 1
                    : 3;
        if (lie == Lie.Element) w.place = _draw(seed, "place", _model.lengthOf(w.tensor));
        if (lie == Lie.MissingLeaf) w.place = w.tensor == 1 ? 3 : 17 + _draw(seed, "place", 15);
        // One less, one more, or more than can be published.
        if (lie == Lie.RootCount) w.place = [uint256(4), 6, 258][_draw(seed, "place", 3)];
        w.roots = new bytes32[](lie == Lie.RootCount ? w.place : TENSORS);
        for (uint256 t = 0; t < w.roots.length; ++t) w.roots[t] = t < TENSORS ? _trueRoot(w.input, t) : w.noise;
        if (lie == Lie.Root) w.roots[w.tensor] = w.noise;
        if (lie != Lie.Element && lie != Lie.Padding && lie != Lie.MissingLeaf) return w;
        bytes32[][] memory levels = _claimedLevels(w, w.tensor);
        w.roots[w.tensor] = levels[levels.length - 1][0];
    }

    /// @dev Another value, or another length.
    function _altered(uint256 seed, bytes memory data) private view returns (bytes memory) {
        if (_oneIn(seed, "longer", 3)) return bytes.concat(data, hex"00");
        bytes memory other = bytes.concat(data, "");
        other[0] ^= 0x01;
        return other;
    }

    function _contentOf(CredenceReceipt memory r) private pure returns (bytes32) {
        return keccak256(abi.encode(r.inputHash, r.outputHash, r.traceRoot));
    }

    function _workOf(uint256 i) internal view returns (Work storage) {
        return _works[_workAt[_contentOf(_signed[i].receipt)] - 1];
    }

    function _isWrong(uint256 i) internal view returns (bool) {
        return _workOf(i).lie != Lie.None;
    }

    /// @dev What anybody who runs the model knows.
    function _trueRoot(bytes memory input, uint256 tensor) internal returns (bytes32) {
        bytes32[] storage roots = _trueRoots[keccak256(input)];
        for (uint256 t = 0; roots.length == 0 || t < TENSORS; ++t) {
            if (roots.length == TENSORS) break;
            roots.push(_model.rootOf(t, _model.run(input, t)));
        }
        return roots[tensor];
    }

    /* WHAT THE OPERATOR CLAIMS TO HAVE COMPUTED */

    function _claimed(Work memory w, uint256 tensor) internal view returns (bytes memory data) {
        data = _model.run(w.input, tensor);
        if (w.lie == Lie.Element && w.tensor == tensor) {
            data[(w.place + 1) * _model.widthOf(tensor) - 1] ^= 0x01;
        }
    }

    function _claimedLeaf(Work memory w, uint256 tensor, uint256 position) internal view returns (bytes memory leaf) {
        leaf = _model.leafAt(_claimed(w, tensor), position);
        bool padded = w.lie == Lie.Padding && w.tensor == tensor && position + 1 == _model.leavesIn(tensor);
        if (padded) leaf[leaf.length - 1 - (uint256(w.noise) % 600)] = 0x01;
    }

    function _claimedLevels(Work memory w, uint256 tensor) internal view returns (bytes32[][] memory) {
        bytes32[] memory places = _model.placesOf(tensor, _claimed(w, tensor));
        uint256 last = _model.leavesIn(tensor) - 1;
        if (w.tensor == tensor && w.lie == Lie.Padding) {
            places[last] = _model.leafHash(tensor, last, _claimedLeaf(w, tensor, last));
        }
        if (w.tensor == tensor && w.lie == Lie.MissingLeaf) places[w.place] = w.noise;
        return _model.levelsOf(places);
    }

    /// @dev Whether the operator knows what it committed to.
    function _knows(Work memory w, uint256 tensor) internal pure returns (bool) {
        return w.lie != Lie.Trace && !(w.lie == Lie.Root && w.tensor == tensor);
    }

    function _trace(bytes32[] memory roots) internal view returns (IReplayGame.Trace memory trace) {
        (trace.tensors, trace.ops) = _model.graph();
        trace.roots = roots;
    }

    /* WHERE A GAME STANDS */

    function _isLive(uint256 g) internal view returns (bool) {
        IReplayGame.Phase phase = _games[g].phase;
        return phase != IReplayGame.Phase.None && phase != IReplayGame.Phase.Over;
    }

    function _isOperators(uint256 g) internal view returns (bool) {
        IReplayGame.Phase phase = _games[g].phase;
        return phase == IReplayGame.Phase.Roots || phase == IReplayGame.Phase.Reveal;
    }

    function _isDue(uint256 g, IReplayGame.Phase phase) internal view returns (bool) {
        return _games[g].phase == phase && block.timestamp < _games[g].deadline;
    }

    function _turnTo(uint256 g, IReplayGame.Phase phase) internal {
        (_games[g].phase, _games[g].deadline) = (phase, block.timestamp + MOVE);
    }

    /// @dev Levels that are not opened, and those that the next move opens.
    function _heightOf(uint256 g) internal view returns (uint256 height, uint256 step) {
        uint256 depth = [uint256(0), 2, 0, 5, 0][_games[g].tensor];
        height = depth - _games[g].level;
        step = Math.min(height, 4);
    }

    /// @dev Whether child `c` has a leaf.
    function _isPresent(uint256 g, uint256 c) internal view returns (bool) {
        (uint256 height, uint256 step) = _heightOf(g);
        uint256 firstLeaf = (_games[g].position * 2 ** step + c) * 2 ** (height - step);
        return firstLeaf < _model.leavesIn(_games[g].tensor);
    }

    /// @dev Whether these are the children of the node, and those that the tensor does not have are empty.
    function _areChildren(uint256 g, bytes32[] memory children) internal view returns (bool match_, bool empty) {
        (uint256 height, uint256 step) = _heightOf(g);
        if (children.length != 2 ** step) return (false, false);
        match_ = _model.levelsOf(children)[step][0] == _games[g].node;
        bytes32[][] memory nothing = _model.levelsOf(new bytes32[](2 ** (height - step)));
        empty = true;
        for (uint256 c = 0; c < children.length; ++c) {
            if (!_isPresent(g, c) && children[c] != nothing[height - step][0]) empty = false;
        }
    }

    /// @dev The children that the operator has to show.
    function _childrenOf(uint256 g) internal view returns (bytes32[] memory children) {
        Game storage game = _games[g];
        (uint256 height, uint256 step) = _heightOf(g);
        bytes32[] memory level = _claimedLevels(_workOf(game.signed), game.tensor)[height - step];
        children = new bytes32[](2 ** step);
        for (uint256 c = 0; c < children.length; ++c) children[c] = level[game.position * 2 ** step + c];
    }

    /* MONEY */

    function _bondsAtStake() internal view returns (uint256 sum) {
        for (uint256 g = 1; g <= _gameCount; ++g) sum += _games[g].bond;
    }

    /// @dev As the contracts say it: tokens, stake and credit.
    function _wealthOf(address account) internal view returns (uint256) {
        IStakeVault.AccountView memory a = protocol.vault.account(account);
        return token.balanceOf(account) + a.active + a.unbonding + a.credit;
    }
}
