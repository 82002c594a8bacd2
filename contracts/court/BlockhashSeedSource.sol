// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Blockhash } from "@openzeppelin/contracts/utils/Blockhash.sol";

import { ISeedSource } from "./ISeedSource.sol";

/// @title BlockhashSeedSource
/// @notice The hash of the block after the one in which it is asked for, readable for 8,191 blocks (EIP-2935: 27 h at
/// 12 s, 4.5 h at 2 s), or 256 where a chain keeps no such history.
/// @dev **Known issue**: the builder of the named block can try several blocks and keep the one it likes. Whoever asks
/// cannot: the block is named by its place, not chosen. Chains with a better source use another adapter.
contract BlockhashSeedSource is ISeedSource {
    /// @dev EIP-2935 keeps the hashes of this many blocks.
    uint256 private constant HISTORY = 8_191;

    /// @inheritdoc ISeedSource
    function request() external view returns (uint48) {
        return uint48(block.number + 1);
    }

    /// @inheritdoc ISeedSource
    function seedOf(uint48 ticket) public view returns (bytes32) {
        // The library hands on whatever the history contract says, a refusal included: it is asked only for what it
        // has.
        if (ticket >= block.number || block.number - ticket > HISTORY) return 0;
        return Blockhash.blockHash(ticket);
    }

    /// @inheritdoc ISeedSource
    function isLost(uint48 ticket) external view returns (bool) {
        return block.number > ticket && seedOf(ticket) == 0;
    }
}
